// An instructor's notes to a class: which of them this tab has not shown yet.

const KEY = 'onboard-notes-told';

export function newNotes(notes, told) {
  return notes.filter((note) => !told.has(note.number));
}

export function rememberedNotes() {
  try {
    return new Set(JSON.parse(sessionStorage.getItem(KEY) || '[]'));
  } catch (error) {
    return new Set();
  }
}

export function rememberNotes(told) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify([...told]));
  } catch (error) {
    // A browser that keeps nothing shows a note again after a reload.
  }
}
