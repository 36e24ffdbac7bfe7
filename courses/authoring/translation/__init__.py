"""From one source notebook to a notebook in each language. Needs polib and markdown-it-py.

    blocks            a Markdown cell, cut into what is translated by itself, and put together
    literals, fields  the texts in a code cell, and the places in them that are filled in
    strings           translations put into a code cell
    cells             all of them, for a whole cell
    passages          everything of a course that can be translated, each with its place
    merge             what the translators have already done, held against the course of today
    po                locale/<language>.po, read and written
    notebooks         the notebook in another language
    report            how far each language is, and what is not translated

What it is all said in, for those too who translate nothing, is in `courses.authoring.language`.
"""
