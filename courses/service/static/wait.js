/* The waiting page: shows each step as the hub tells it, and goes on when the session is ready.
   Listens to server-sent events; where they do not come through, asks every few seconds. */
"use strict";

(() => {
  const SILENCE_MS = 20000; // the service says something at least every 8 seconds
  const ASK_EVERY_MS = 4000;
  const OVER = ["failed", "none"];

  const page = document.getElementById("wait");
  const words = document.getElementById("wait-message");
  const bar = document.getElementById("wait-progress");
  const clock = document.getElementById("wait-time");
  const api = `${page.dataset.prefix}api/`;
  const xsrf = `_xsrf=${encodeURIComponent(page.dataset.xsrf)}`;
  const waitingFor = Number(page.dataset.waitingFor || 0);
  const opened = performance.now();

  let source = null;
  let silence = null;
  let asking = null;

  function show(step) {
    page.dataset.state = step.state;
    if (words.textContent !== step.message) {
      words.textContent = step.message;
    }
    if (step.percent !== null) {
      bar.value = Math.max(bar.value, step.percent);
    }
    if (step.state === "ready") {
      stop();
      // The page itself leads on to the lesson once the session is ready.
      window.location.replace(window.location.pathname);
    } else if (step.state === "failed") {
      stop();
    }
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
      show({ state: "away", message: "No connection. Asking again …", percent: null });
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
    if (OVER.includes(page.dataset.state)) {
      return;
    }
    const seconds = Math.floor(waitingFor + (performance.now() - opened) / 1000);
    const minutes = Math.floor(seconds / 60);
    clock.textContent = `Waited ${minutes ? `${minutes} min ` : ""}${seconds % 60} s.`;
  }

  // A click leads elsewhere: nothing that arrives meanwhile may lead away from there.
  page.addEventListener("submit", stop);

  if (page.dataset.state !== "failed") {
    listen();
    tick();
    setInterval(tick, 1000);
  }
})();
