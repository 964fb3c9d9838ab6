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
