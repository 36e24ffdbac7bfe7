// Tells a screen reader what a check, a quiz or a hint says. Widgets put their words in anew each
// time, and a live region that was not there before is mostly not read: one that stays is given them.

const PANEL = '.onboard-exercise .onboard-report[role="status"]';
const RAN_WITHIN_MS = 10_000;
const GATHER_MS = 200;

export function announceChecks() {
  const region = document.createElement('div');
  region.className = 'onboard-announcer';
  region.setAttribute('role', 'status');
  document.body.append(region);
  const announcer = new Announcer(region);
  new MutationObserver((changes) => changes.forEach((one) => announcer.see(one))).observe(
    document.body,
    { childList: true, subtree: true },
  );
}

class Announcer {
  constructor(region) {
    this.region = region;
    this.ranAt = new WeakMap();
    this.before = new WeakMap();
    this.lines = [];
  }

  see(change) {
    this.noteRun(change.target);
    for (const node of change.addedNodes) {
      if (node.nodeType === Node.ELEMENT_NODE) {
        const panels = [...node.querySelectorAll(PANEL)];
        (node.matches(PANEL) ? [node, ...panels] : panels).forEach((one) => this.meet(one, change));
      }
    }
  }

  // A cell that runs has a star for its number; one that was only opened has not.
  noteRun(target) {
    if (target.classList.contains('jp-InputPrompt') && target.textContent.includes('*')) {
      this.ranAt.set(target.closest('.jp-Cell'), performance.now());
    }
  }

  // What was there before, as after a reload or while scrolling, is no news.
  meet(panel, change) {
    panel.removeAttribute('role'); // else some readers would say it twice
    const place = panel.parentElement;
    const lines = wordsOf(panel);
    const old = this.before.get(place) || [];
    this.before.set(place, lines);
    const changedInPlace = change.target === place;
    if (changedInPlace || this.ranJustNow(panel)) {
      this.say(lines.filter((line) => !old.includes(line)));
    }
  }

  ranJustNow(panel) {
    const ranAt = this.ranAt.get(panel.closest('.jp-Cell'));
    return ranAt !== undefined && performance.now() - ranAt < RAN_WITHIN_MS;
  }

  // Gathered for a moment: an answer changes the exercise and the lesson's header.
  say(lines) {
    if (lines.length === 0) {
      return;
    }
    this.lines.push(...lines);
    this.region.textContent = '';
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.region.textContent = this.lines.splice(0).join(' ');
    }, GATHER_MS);
  }
}

function wordsOf(panel) {
  const copy = panel.cloneNode(true);
  copy.querySelectorAll('style, [aria-hidden="true"]').forEach((one) => one.remove());
  const lines = [...copy.querySelectorAll('p, li, pre')].filter((one) => !one.parentElement.closest('li'));
  return lines.map(sentence).filter(Boolean);
}

function sentence(line) {
  const parts = [...line.childNodes].map((one) => one.textContent.trim());
  return parts.filter(Boolean).join(' ');
}
