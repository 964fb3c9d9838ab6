// The elements that the view's lists are made of.

function describeState(entry, share) {
  switch (entry.state) {
    case "sending":
      return entry.attempt > 1 ? `Trying again (${entry.attempt}) · ${share} %` : `${share} % of ${formatSize(entry.size)}`;
    case "checking":
      return "Checking…";
    default:
      return "Waiting";
  }
}

const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

function make(tag, className, text) {
  const element = document.createElement(tag);
  element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function makeRow(realName, action, onAction) {
  const name = shownName(realName);
  const row = make("li", "row");
  const words = make("div", "words");
  const [, folders, last] = /^(.*\/)?([^/]*)$/s.exec(name);
  const title = make("span", "name");
  if (folders) title.append(make("span", "folders", folders));
  title.append(last);
  words.append(title, make("span", "state"));
  const button = make("button", "remove", action);
  button.type = "button";
  button.setAttribute("aria-label", `${action} ${name}`);
  button.onclick = onAction;
  row.append(words, button);
  return row;
}

function makeBar(name) {
  const bar = make("div", "bar");
  bar.setAttribute("role", "progressbar");
  bar.setAttribute("aria-label", shownName(name));
  bar.setAttribute("aria-valuemin", "0");
  bar.setAttribute("aria-valuemax", "100");
  bar.append(make("span", ""));
  return bar;
}

function makeProblem({ name, reason, retry, clear }) {
  const row = makeRow(name, "Clear", clear);
  row.querySelector(".state").textContent = reason;
  if (retry) {
    const again = make("button", "again", "Try again");
    again.type = "button";
    again.setAttribute("aria-label", `Try again: ${shownName(name)}`);
    again.onclick = retry;
    row.querySelector(".remove").before(again);
  }
  return row;
}
