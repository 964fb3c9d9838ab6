// The elements that the view's lists are made of.

function describeState(entry, share) {
  switch (entry.state) {
    case "sending":
      return entry.attempt > 1
        ? phrase("tryingAgain", { attempt: entry.attempt, share })
        : phrase("shareSent", { share, size: formatSize(entry.size) });
    case "checking":
      return phrase("checking");
    default:
      return phrase("waiting");
  }
}

/** `action` and `label`: what the button says, and what it is called for screen readers. */
function makeRow(realName, action, label, onAction) {
  const name = shownName(realName);
  const row = make("li", { class: "row" });
  const words = make("div", { class: "words" });
  const [, folders, last] = /^(.*\/)?([^/]*)$/s.exec(name);
  const title = make("span", { class: "name" });
  if (folders) title.append(make("span", { class: "folders" }, folders));
  title.append(last);
  words.append(title, make("span", { class: "state" }));
  const called = { type: "button", class: "remove", "aria-label": phrase(label, { name }), onclick: onAction };
  const button = make("button", called, phrase(action));
  row.append(words, button);
  return row;
}

function makeBar(name) {
  const bar = make("div", { class: "bar" });
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-label", shownName(name));
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  bar.append(make("span"));
  return bar;
}

function makeProblem({ name, reason, retry, clear }) {
  const row = makeRow(name, "clear", "clearFile", clear);
  row.querySelector(".state").textContent = reason;
  if (retry) {
    const label = phrase("tryFileAgain", { name: shownName(name) });
    const called = { type: "button", class: "again", "aria-label": label, onclick: retry };
    row.querySelector(".remove").before(make("button", called, phrase("tryAgain")));
  }
  return row;
}
