/* The strip on top of the courses: how much time the running session has left, as it passes. */
"use strict";

(() => {
  const EVERY_MS = 5000;
  const left = document.getElementById("time-left");
  if (!left) {
    return;
  }
  const strip = left.closest(".strip");
  const opened = performance.now();

  // As `spawners.words.lasted` says it.
  function lasted(seconds) {
    if (seconds < 60) {
      return `${seconds} s`;
    }
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor(seconds / 60) % 60;
    return [hours ? `${hours} h` : "", minutes ? `${minutes} min` : ""].filter(Boolean).join(" ");
  }

  function tick() {
    const passed = (performance.now() - opened) / 1000;
    const seconds = Math.floor(Number(left.dataset.left) - passed);
    if (seconds < 0) {
      clearInterval(ticking);
      window.location.reload(); // it is over: the page says so
      return;
    }
    left.textContent = left.dataset.words.replace("%(time)s", lasted(seconds));
    if (seconds < Number(left.dataset.soon) && !strip.classList.contains("strip-soon")) {
      window.location.reload(); // with what to do about it
    }
  }

  const ticking = setInterval(tick, EVERY_MS);
})();
