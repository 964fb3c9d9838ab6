// A first look at each file, so that what can't be used is said at once and nothing is sent for it.

/** What files are by their first bytes, by the server's list (`core/signatures.py`), in its order. */
const kindTests = ({ kinds }) => {
  const tests = kinds.map(([pattern, name, type]) => ({ test: new RegExp(`^(?:${pattern})`, "is"), name, type }));
  return (text) => tests.find(({ test }) => test.test(text));
};

/** A test for what systems put beside photos and nobody means to add; `clutter` is the server's expression. */
const clutterTest = ({ clutter }) => {
  const pattern = new RegExp(`(?:^|/)(?:${clutter})(?:/|$)`, "i");
  return ({ name }) => pattern.test(name);
};

/** SHA-256 of a file in hexadecimal digits; null where the browser has none to give: on a page without HTTPS. */
async function digest(file) {
  try {
    const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  } catch {
    return null;
  }
}

/** `{type, sha256}` of a file that may be sent, or `{reason}` why it may not; `kindOf` is by `kindTests`. */
async function lookAt(file, limits, kindOf) {
  if (file.size === 0) return { reason: phrase("empty") };
  let head;
  try {
    head = new Uint8Array(await file.slice(0, limits.headBytes).arrayBuffer());
  } catch {
    return { reason: phrase("unreadable") };
  }
  // One character a byte.
  let kind = kindOf(String.fromCharCode(...head));
  // Cameras' raw files are large, and many of them begin as a TIFF does.
  const ending = file.name.split(".").pop().toLowerCase();
  if (limits.rawEndings.includes(ending) && (!kind || kind.type === "image/tiff")) {
    kind = { name: phrase("rawFile", { ending: ending.toUpperCase() }) };
  }
  if (!kind || !limits.types.includes(kind.type)) {
    return { reason: REASONS.notPhoto(limits.types, kind?.name) };
  }
  if (file.size > limits.maxBytes) return { reason: REASONS.tooLarge(file.size, limits.maxBytes) };
  return { type: kind.type, sha256: await digest(file) };
}
