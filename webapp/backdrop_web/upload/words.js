// Numbers as people read them, and sentences that are put together. The words themselves Python tells (`speech.py`).

/** A file size; 1 MB is 1024 x 1024 bytes, as on the rest of the page. */
function formatSize(bytes) {
  if (bytes < 1048576) return `${formatNumber(Math.round(bytes / 1024))} kB`;
  const megabytes = bytes / 1048576;
  const oneDigit = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  if (megabytes >= 1024) return `${formatNumber(megabytes / 1024, oneDigit)} GB`;
  const whole = Number.isInteger(megabytes) || megabytes >= 100;
  return `${whole ? formatNumber(Math.round(megabytes)) : formatNumber(megabytes, oneDigit)} MB`;
}

function formatTimeLeft(seconds) {
  if (seconds < 50) return phrase("underAMinute");
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return phrase("minutesLeft", { minutes });
  return phrase("hoursLeft", { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

const KIND_NAMES = {
  "image/jpeg": "JPEG",
  "image/png": "PNG",
  "image/webp": "WebP",
  "image/heic": "HEIC",
  "image/avif": "AVIF",
  "image/tiff": "TIFF",
};

function formatKinds(types) {
  const names = types.map((type) => KIND_NAMES[type] || type.replace("image/", "").toUpperCase()).sort();
  // Without the comma before "or" that American English has.
  const language = SPEECH.language === "en" ? "en-GB" : SPEECH.language;
  return new Intl.ListFormat(language, { type: "disjunction" }).format(names);
}

/** Why a file is left out. */
const REASONS = {
  tooLarge: (size, most) => phrase("tooLarge", { size: formatSize(size), most: formatSize(most) }),
  notPhoto: (types, name) => phrase(name ? "otherKind" : "notPhoto", { name, kinds: formatKinds(types) }),
  storage: (status, code) => phrase("storageRefused", { status: code ? `${status} ${code}` : String(status) }),
};
