// Every word that the uploader says by itself, and numbers as people read them.

const formatCount = (count, one, many = one + "s") => `${count.toLocaleString("en")} ${count === 1 ? one : many}`;

/** A file size; 1 MB is 1024 x 1024 bytes, as on the rest of the page. */
function formatSize(bytes) {
  if (bytes < 1048576) return `${Math.round(bytes / 1024).toLocaleString("en")} kB`;
  const megabytes = bytes / 1048576;
  if (megabytes >= 1024) return `${(megabytes / 1024).toFixed(1)} GB`;
  return `${Number.isInteger(megabytes) || megabytes >= 100 ? Math.round(megabytes) : megabytes.toFixed(1)} MB`;
}

function formatTimeLeft(seconds) {
  if (seconds < 50) return "less than a minute left";
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `about ${minutes} min left`;
  return `about ${Math.floor(minutes / 60)} h ${minutes % 60} min left`;
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
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} or ${names[names.length - 1]}` : names.join("");
}

const WORDS = {
  empty: "The file is empty. Copy it from the camera again.",
  unreadable: "This file can't be read. If it is kept online only, download it to this device first.",
  changed: "The file changed or was moved. Add it again.",
  tooLarge: (size, most) =>
    `This file has ${formatSize(size)}; a photo may have ${formatSize(most)}. Save it with a lower JPEG quality.`,
  notPhoto: (types, name) =>
    `This is ${name ? name + ", " : ""}no photo in ${formatKinds(types)}. Export it as one of these, or leave it out.`,
  full: (most) => `A job takes ${most.toLocaleString("en")} photos, and this one is full. Make a second job.`,
  known: "Already in this job.",
  parked: "The job was started without it. Try again to have it in this one.",
  network: "The connection failed several times. Check it, then try again.",
  storage: (status, code) => `The storage refused the photo (${status}${code ? " " + code : ""}). Try again.`,
  stored: "The photo did not reach the storage. Try again.",
};
