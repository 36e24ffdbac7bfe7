// The session in JupyterLab: reads out what checks say, asks the server how things stand, shows it, and warns before an end.

import { announceChecks } from './announcer.js';
import { Bar } from './bar.js';
import { leaveKeysToChecks } from './keys.js';
import { newNotes, rememberedNotes, rememberNotes } from './notes.js';
import { dueNotice, endsIn } from './notices.js';
import { chooseLanguage, fill, loadWords } from './words.js';

const ASK_EVERY_S = 15;
const ASK_AT_LEAST_EVERY_S = 300;
const SAVE_BEFORE_END_S = 60;
const STILL_HERE = 'onboard:still-here';
const SIGNS_OF_LIFE = ['keydown', 'pointerdown', 'pointermove', 'wheel'];

export function plugin(shared) {
  return {
    id: 'aifactory-onboarding:session',
    description: 'Shows the time left in a session, warns before its end, reads out what checks say.',
    autoStart: true,
    activate: (app) => {
      // JupyterLab does not wait for this, and goes on without it.
      start(app, shared).catch((error) => console.warn('The time left is not shown:', error));
    },
  };
}

async function start(app, shared) {
  await app.restored;
  addStyle();
  announceChecks();
  leaveKeysToChecks();
  const [{ Widget }, { ServerConnection }] = await Promise.all([
    sharedModule(shared, '@lumino/widgets'),
    sharedModule(shared, '@jupyterlab/services'),
  ]);
  const words = await loadWords(chooseLanguage(document.documentElement.lang, document.cookie, navigator.languages));
  const bar = new Bar(words);
  const widget = new Widget({ node: bar.node });
  widget.id = 'onboard-session';
  app.shell.add(widget, 'top', { rank: 1000 });
  new Session(app, ServerConnection, bar, words).run();
}

function addStyle() {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = new URL('session.css', import.meta.url);
  document.head.append(link);
}

// One that is loaded is the one that JupyterLab itself uses.
async function sharedModule(shared, name) {
  const versions = Object.values(shared[name] || {});
  const found = versions.find((one) => one.loaded) || versions[0];
  if (!found) {
    throw new Error(`JupyterLab does not share ${name}.`);
  }
  return (await found.get())();
}

class Session {
  constructor(app, connection, bar, words) {
    this.app = app;
    this.connection = connection;
    this.bar = bar;
    this.words = words;
    this.status = null;
    this.here = false;
    this.failures = 0;
    this.told = null;
    this.notification = null;
    this.savedAt = 0;
    this.toldNotes = rememberedNotes();
  }

  run() {
    this.app.commands.addCommand(STILL_HERE, {
      label: this.words.still_here,
      execute: () => this.ask('POST'),
    });
    for (const sign of SIGNS_OF_LIFE) {
      const note = () => (this.here = true);
      document.addEventListener(sign, note, { capture: true, passive: true });
    }
    setInterval(() => this.show(), 1000);
    this.askAgain();
  }

  async askAgain() {
    await this.ask(this.here ? 'POST' : 'GET');
    const usual = (this.status && this.status.again_s) || ASK_EVERY_S;
    const pause = Math.min(usual * 2 ** this.failures, ASK_AT_LEAST_EVERY_S);
    setTimeout(() => this.askAgain(), pause * 1000);
  }

  async ask(method) {
    const settings = this.app.serviceManager.serverSettings;
    this.here = false;
    try {
      const url = `${settings.baseUrl}onboard/session`;
      const answer = await this.connection.makeRequest(url, { method }, settings);
      if (!answer.ok) {
        throw new Error(`status ${answer.status}`);
      }
      this.status = await answer.json();
      this.askedAt = performance.now();
      this.failures = 0;
    } catch (error) {
      this.failures += 1;
    }
    this.show();
  }

  show() {
    if (this.status === null) {
      return;
    }
    const passed = (performance.now() - this.askedAt) / 1000;
    const silent = this.failures > 0;
    this.bar.show(this.status, passed, silent);
    this.saveBeforeEnd(passed);
    this.notify(dueNotice(this.status, passed, silent));
    this.tellNotes(this.status.notes || []);
  }

  // Each note once, also where the page is loaded again: who closed it has read it.
  tellNotes(notes) {
    for (const note of newNotes(notes, this.toldNotes)) {
      this.toldNotes.add(note.number);
      this.app.commands.execute('apputils:notify', {
        message: fill(this.words.note, note),
        type: 'info',
        options: { autoClose: false },
      });
    }
    rememberNotes(this.toldNotes);
  }

  // What is in an open notebook and not yet in its file would be lost.
  saveBeforeEnd(passed) {
    const near = endsIn(this.status, passed) <= SAVE_BEFORE_END_S;
    if (near && performance.now() - this.savedAt > 10_000) {
      this.savedAt = performance.now();
      this.app.commands.execute('docmanager:save-all').catch(() => {});
    }
  }

  async notify(notice) {
    if (notice === this.told) {
      return;
    }
    this.told = notice;
    const before = this.notification;
    this.notification = null;
    if (before) {
      await this.app.commands.execute('apputils:dismiss-notification', { id: await before });
    }
    if (notice) {
      const actions = notice === 'idle' ? [this.stillHereButton()] : [];
      this.notification = this.app.commands.execute('apputils:notify', {
        message: this.words.notices[notice],
        type: 'warning',
        options: { autoClose: false, actions },
      });
    }
  }

  stillHereButton() {
    return { label: this.words.still_here, commandId: STILL_HERE, displayType: 'accent' };
  }
}
