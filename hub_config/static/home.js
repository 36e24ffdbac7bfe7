/* The Stop button of the hub's session page. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("stop");
  if (!button) {
    return;
  }
  button.addEventListener("click", async () => {
    const words = button.textContent;
    button.disabled = true;
    button.textContent = button.dataset.stopping;
    try {
      const answer = await fetch(button.dataset.url, {
        method: "DELETE",
        headers: { "X-XSRFToken": window.jhdata.xsrf_token },
      });
      if (!answer.ok) {
        throw new Error(`the hub answered ${answer.status}`);
      }
      window.location.reload();
    } catch {
      button.disabled = false;
      button.textContent = words;
      document.getElementById("stop-trouble").textContent = button.dataset.trouble;
    }
  });
});
