// Says in our words that the server does not answer, in place of Streamlit's dialog, and stops saying it when it does.
// Streamlit connects again by itself. It notes how that stands at its root element.
(() => {
  const LANGUAGES = "words";
  const AFTER_MS = 3000;
  const EVERY_MS = 500;
  const STREAMLITS_TITLE = "Connection error";
  let since = 0;
  let notice = null;

  const isAway = () => {
    const app = document.querySelector("[data-test-connection-state]");
    return app !== null && app.getAttribute("data-test-connection-state") !== "CONNECTED";
  };

  const show = () => {
    if (notice) return;
    const words = LANGUAGES[document.documentElement.lang.split("-")[0]] ?? LANGUAGES.en;
    notice = document.createElement("div");
    notice.className = "bd-away";
    notice.setAttribute("role", "alert");
    const what = document.createElement("strong");
    what.textContent = words.what;
    notice.append(what, " ", words.next);
    document.body.append(notice);
  };

  // Closed the way a person would: Streamlit then does not open it again before it was connected.
  const closeStreamlits = () => {
    for (const dialog of document.querySelectorAll('[role="dialog"]')) {
      if (dialog.textContent.startsWith(STREAMLITS_TITLE)) dialog.querySelector("button")?.click();
    }
  };
  const watch = new MutationObserver(closeStreamlits);

  setInterval(() => {
    if (!isAway()) {
      since = 0;
      watch.disconnect();
      notice?.remove();
      notice = null;
      return;
    }
    if (!since) {
      since = Date.now();
      watch.observe(document.body, { childList: true, subtree: true });
    }
    if (Date.now() - since >= AFTER_MS) show();
  }, EVERY_MS);
})();
