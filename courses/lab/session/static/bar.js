// What stands in JupyterLab's top bar: time left, GPU use, and in words what is near.

import { dueNotice, endsIn, level } from './notices.js';
import { duration, fill, gpus } from './words.js';

export class Bar {
  constructor(words) {
    this.words = words;
    this.node = element('div', 'onboard-session-bar');
    this.node.setAttribute('role', 'group');
    this.node.setAttribute('aria-label', words.your_session);
    this.gpus = this.node.appendChild(element('span', 'onboard-session-gpus'));
    // A reader of the screen is told what is near, and not each minute that passes.
    this.news = this.node.appendChild(element('span', 'onboard-session-news'));
    this.news.setAttribute('role', 'status');
    this.time = this.node.appendChild(element('span', 'onboard-session-time'));
    this.time.setAttribute('role', 'timer');
  }

  show(status, passed, silent) {
    const notice = dueNotice(status, passed, silent);
    this.node.dataset.level = level(status, passed);
    this.node.title = fill(this.words.size, { size: status.size });
    write(this.gpus, gpus(status, this.words));
    write(this.news, notice ? this.words.news[notice] : '');
    const left = duration(endsIn(status, passed));
    write(this.time, notice === 'over' ? '' : fill(this.words.left, { time: left }));
  }
}

function element(kind, name) {
  const made = document.createElement(kind);
  made.className = name;
  return made;
}

// Only what changed: a live region that is written anew is read out anew.
function write(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}
