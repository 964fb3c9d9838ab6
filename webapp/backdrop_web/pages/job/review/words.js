/* What stands on a tile: the image's own state, or what a person decided. */
const STATES = {
  waiting: "\u2026", left: "\u2013", failed: "!", review: "?", APPROVED: "\u2713", REJECTED: "\u2715",
};

/* A state in words (of speech.py) and as a sign. */
function nameState(state) {
  return { words: phrase(state), sign: STATES[state] };
}

/* Why an image is rejected, and the key that rejects it so. */
const REASONS = [["CUT_OUT", "C"], ["BACKGROUND", "B"], ["COLOUR", "L"]];
const MOST_WORDS = 300;

function findState(record, verdict) {
  return record.state === "done" ? verdict || "review" : record.state;
}

function describeChecks(record) {
  const count = record.flags.length + record.checks.length;
  return count ? phrase("toCheck", { count }) : "";
}

/* What is told once nothing is left to review. */
function tellTime(count, seconds) {
  return seconds < 90
    ? phrase("doneSeconds", { count, time: Math.max(1, Math.round(seconds)) })
    : phrase("doneMinutes", { count, time: Math.round(seconds / 60) });
}

/* The keys of the review, and the names of what they do. */
const KEYS = [
  ["A", "keyApprove"], ["R", "keyReject"], ["C", "keyCutOut"], ["B", "keyBackground"], ["L", "keyColour"], ["O", "keyOnly"],
  ["V", "keyVariations"], ["U", "undo"], ["\u2190 \u2192", "keyMove"], ["+ \u2212", "keyNearer"], ["1", "keyReal"], ["0", "keyAll"],
  ["Shift \u2190 \u2191 \u2193 \u2192", "keyPan"], ["?", "keyKeys"], ["Esc", "close"],
];

function makeShortcuts() {
  return make("aside", { class: "shortcuts", hidden: true, "aria-label": phrase("keys") },
    make("h3", {}, phrase("keys")),
    make("dl", {}, ...KEYS.flatMap(([key, name]) => [
      make("dt", {}, make("kbd", {}, key.replace("Shift", phrase("keyShift")))), make("dd", {}, phrase(name))])));
}

/* A sentence in which keys stand in ‹pointed brackets›. */
function makeKeysHint(sentence) {
  return sentence.split(/‹([^›]+)›/).map((part, index) => (index % 2 ? make("kbd", {}, part) : part));
}
