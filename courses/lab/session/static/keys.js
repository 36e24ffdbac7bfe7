// In a check or a quiz, arrows, letters and the space bar belong to what has the focus. JupyterLab
// would take them for its notebook: an arrow leaves for another cell, a letter adds or cuts one.
// https://lumino.readthedocs.io/en/latest/api/classes/commands.CommandRegistry.html

const SUPPRESS = 'data-lm-suppress-shortcuts';

export function leaveKeysToChecks() {
  // On the window, so before JupyterLab, which listens on the document.
  window.addEventListener('keydown', leave, { capture: true });
}

function leave(event) {
  const { target } = event;
  if (target instanceof Element && target.closest('.onboard-exercise')) {
    target.toggleAttribute(SUPPRESS, !isForTheNotebook(event));
  }
}

// As Ctrl+S, and what runs a cell.
function isForTheNotebook(event) {
  return event.ctrlKey || event.metaKey || event.altKey || (event.shiftKey && event.key === 'Enter');
}
