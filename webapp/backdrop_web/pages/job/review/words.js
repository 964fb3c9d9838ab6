/* What stands on a tile: the image's own state, or what a person decided. */
const STATES = {
  waiting: { words: "Waiting", sign: "\u2026" },
  left: { words: "Not made", sign: "\u2013" },
  failed: { words: "Failed", sign: "!" },
  review: { words: "To review", sign: "?" },
  APPROVED: { words: "Approved", sign: "\u2713" },
  REJECTED: { words: "Rejected", sign: "\u2715" },
};

/* Why an image is rejected, and the key that rejects it so. */
const REASONS = [["CUT_OUT", "Cut-out", "C"], ["BACKGROUND", "Background", "B"], ["COLOUR", "Colour", "L"]];
const MOST_WORDS = 300;

function findState(record, verdict) {
  return record.state === "done" ? verdict || "review" : record.state;
}

function describeChecks(record) {
  const count = record.flags.length + record.checks.length;
  return count ? `${count} to check` : "";
}

/* What is told once nothing is left to review. */
function tellTime(images, seconds) {
  const time = seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
  return `${images.toLocaleString()} ${images === 1 ? "image" : "images"} in ${time}`;
}

/* The keys of the review, and what they do. */
const KEYS = [
  ["A", "Approve, go on"], ["R", "Reject, go on"], ["C", "Reject because of the cut-out"],
  ["B", "Reject because of the background"], ["L", "Reject because of the colour"],
  ["O", "Approve this variation, reject the photo\u2019s others"], ["V", "The photo\u2019s variations side by side"], ["U", "Undo"],
  ["\u2190 \u2192", "The image before, the next one"], ["+ \u2212", "Nearer, farther"], ["1", "Real pixels"],
  ["0", "All of it"], ["Shift \u2190 \u2191 \u2193 \u2192", "Move what is seen"], ["?", "These keys"], ["Esc", "Close"],
];

function makeShortcuts() {
  return make("aside", { class: "shortcuts", hidden: true, "aria-label": "Keys" },
    make("h3", {}, "Keys"),
    make("dl", {}, ...KEYS.flatMap(([key, words]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, words)])));
}
