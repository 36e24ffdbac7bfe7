/* The waiting page: shows each step as the hub tells it, and goes on when the session is ready.
   Listens to server-sent events; where they do not come through, asks every few seconds. */
"use strict";

(() => {
  const SILENCE_MS = 20000; // the service says something at least every 8 seconds
  const ASK_EVERY_MS = 4000;
  const OVER = ["failed", "ended", "none"];

  const page = document.getElementById("wait");
  const heading = document.getElementById("wait-heading");
  const message = document.getElementById("wait-message");
  const hint = document.getElementById("wait-hint");
  const note = document.getElementById("wait-note");
  const facts = document.getElementById("wait-facts");
  const clock = document.getElementById("wait-time");
  const api = `${page.dataset.prefix}api/`;
  const xsrf = `_xsrf=${encodeURIComponent(page.dataset.xsrf)}`;
  const waitingFor = Number(page.dataset.waitingFor || 0);
  const opened = performance.now();

  let source = null;
  let silence = null;
  let asking = null;

  // Only what has changed: a screen reader says it again otherwise.
  function say(place, text) {
    if (place.textContent !== text) {
      place.textContent = text;
    }
    place.hidden = !text;
  }

  function list(found) {
    if (JSON.stringify(found) === facts.dataset.shown) {
      return;
    }
    facts.dataset.shown = JSON.stringify(found);
    facts.replaceChildren(
      ...found.map(([name, value]) => {
        const row = document.createElement("div");
        for (const [kind, text] of [["dt", name], ["dd", value]]) {
          row.append(document.createElement(kind));
          row.lastChild.textContent = text;
        }
        return row;
      }),
    );
  }

  function show(step) {
    page.dataset.state = step.state;
    if (step.state === "ready" || OVER.includes(step.state)) {
      stop();
      // The page itself leads on to the lesson, or says what happened.
      window.location.replace(window.location.pathname);
      return;
    }
    say(heading, step.heading);
    say(message, step.message);
    say(hint, step.hint);
    say(note, step.note);
    list(step.facts);
  }

  function listen() {
    source = new EventSource(`${api}progress?${xsrf}`);
    source.onmessage = (event) => {
      heard();
      show(JSON.parse(event.data));
    };
    source.onerror = () => {
      // Closed for good: the service refused. Otherwise the browser connects again by itself.
      if (source.readyState === EventSource.CLOSED) {
        askInstead();
      }
    };
    heard();
  }

  function heard() {
    clearTimeout(silence);
    silence = setTimeout(askInstead, SILENCE_MS);
  }

  function askInstead() {
    stop();
    ask();
    asking = setInterval(ask, ASK_EVERY_MS);
  }

  async function ask() {
    try {
      const answer = await fetch(`${api}state`, {
        headers: { "X-XSRFToken": page.dataset.xsrf },
        redirect: "error",
      });
      if (answer.status === 403) {
        stop();
        window.location.reload(); // signs in again
      } else if (answer.ok) {
        show(await answer.json());
      }
    } catch {
      say(note, page.dataset.noConnection);
    }
  }

  function stop() {
    clearTimeout(silence);
    clearInterval(asking);
    if (source) {
      source.close();
    }
  }

  function tick() {
    const seconds = Math.floor(waitingFor + (performance.now() - opened) / 1000);
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    const parts = [hours && `${hours} h`, seconds >= 60 && `${minutes} min`, `${seconds % 60} s`];
    clock.textContent = page.dataset.waited.replace("%(time)s", parts.filter(Boolean).join(" "));
  }

  // A click leads elsewhere: nothing that arrives meanwhile may lead away from there.
  page.addEventListener("submit", stop);

  listen();
  tick();
  setInterval(tick, 1000);
})();
