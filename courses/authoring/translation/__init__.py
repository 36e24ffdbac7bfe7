"""From one source notebook to a notebook in each language. Needs polib and markdown-it-py.

    blocks, strings   what a translator is shown of a text or a code cell, and where it goes back
    cells             both of them, for a whole cell
    passages          everything of a course that can be translated, each with its place
    merge             what the translators have already done, held against the course of today
    po                locale/<language>.po, read and written
    notebooks         the notebook in another language
    report            how far each language is

What the rest of the house needs of it is in `courses.authoring.language`.
"""
