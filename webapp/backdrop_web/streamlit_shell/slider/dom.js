/* An element with attributes and children; text is always set as text, never as markup. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter(Boolean));
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/* The words of the page, in the reader's language: Python tells them (text/language.py, `make_speech`). */
const SPEECH = { language: "en", words: {} };

/* `root` says its language, for screen readers and for the browser's own translation. */
function learnWords(root, { language, words }) {
  Object.assign(SPEECH, { language, words });
  root.lang = language;
}

/* Writes the words that are named in a component's own HTML: `data-words` as its text, `data-label` as its name for screen readers. */
function writeWords(root) {
  for (const one of root.querySelectorAll("[data-words]")) setText(one, phrase(one.dataset.words));
  for (const one of [root, ...root.querySelectorAll("[data-label]")]) {
    if (one.dataset.label) one.setAttribute("aria-label", phrase(one.dataset.label));
  }
}

/* The sentence of a name, `places` filled in, numbers as the language writes them. A name that nobody told stands for itself. */
function phrase(name, places = {}) {
  const found = SPEECH.words[name] ?? name;
  const form = () => found[new Intl.PluralRules(SPEECH.language).select(places.count)] ?? found.other;
  const pattern = typeof found === "string" ? found : form();
  return pattern.replace(/\{(\w+)[^{}]*\}/g, (_, place) => {
    const value = places[place];
    return typeof value === "number" ? formatNumber(value) : value;
  });
}

function formatNumber(value, options) {
  return new Intl.NumberFormat(SPEECH.language, options).format(value);
}
