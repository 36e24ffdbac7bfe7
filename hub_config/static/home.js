/* The Stop button of the hub's session page. */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const button = document.getElementById("stop");
  if (!button) {
    return;
  }
  button.addEventListener("click", async () => {
    button.disabled = true;
    button.textContent = "Stopping …";
    try {
      const answer = await fetch(button.dataset.url, {
        method: "DELETE",
        headers: { "X-XSRFToken": window.jhdata.xsrf_token },
      });
      if (!answer.ok) {
        throw new Error(`the hub answered ${answer.status}`);
      }
      window.location.reload();
    } catch (error) {
      button.disabled = false;
      button.textContent = "Stop";
      document.getElementById("stop-trouble").textContent = `It did not stop: ${error.message}.`;
    }
  });
});
