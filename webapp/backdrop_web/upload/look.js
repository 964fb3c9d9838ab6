// A first look at each file, so that what can't be used is said at once and nothing is sent for it.

const HEADS = [
  ["image/jpeg", (b) => b[0] === 0xff && b[1] === 0xd8 && b[2] === 0xff],
  ["image/png", (b) => b[0] === 0x89 && b[1] === 0x50 && b[2] === 0x4e && b[3] === 0x47],
  ["image/webp", (b) => ascii(b, 0, 4) === "RIFF" && ascii(b, 8, 12) === "WEBP"],
  ["image/heic", (b) => ascii(b, 4, 8) === "ftyp" && /^(hei[cxms]|hev[cxms]|mif1|msf1)$/.test(ascii(b, 8, 12))],
];

const ascii = (bytes, from, to) => String.fromCharCode(...bytes.slice(from, to));

/** A test for what systems put beside photos and nobody means to add; `clutter` is the server's expression. */
const clutterTest = ({ clutter }) => {
  const pattern = new RegExp(`(?:^|/)(?:${clutter})(?:/|$)`, "i");
  return ({ name }) => pattern.test(name);
};

/** `{type}` of a file that may be sent, or `{reason}` why it may not. */
async function lookAt(file, limits) {
  if (file.size === 0) return { reason: WORDS.empty };
  let head;
  try {
    head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  } catch {
    return { reason: WORDS.unreadable };
  }
  const type = HEADS.find(([, matches]) => matches(head))?.[0];
  if (!type || !limits.types.includes(type)) {
    return { reason: WORDS.notPhoto(limits.types) };
  }
  if (file.size > limits.maxBytes) return { reason: WORDS.tooLarge(file.size, limits.maxBytes) };
  return { type };
}
