// Files out of an input, a drop or the clipboard, each with its name as the user knows it: with its folders.

// As people count: "photo 2" before "photo 10". One collator for all: making one for each pair takes seconds.
const inOrder = new Intl.Collator("en", { numeric: true });

// Windows has names that are no Unicode. The server takes none, and would not hear of their whole batch.
const wellFormed = (name) => name.replace(/\p{Cs}/gu, "\ufffd");

/** `[{file, name}]` of a file input; emptied, so that choosing the same files again is noticed. */
function readInput(input) {
  const found = [...input.files].map((file) => ({ file, name: wellFormed(file.webkitRelativePath || file.name) }));
  // A folder's files come in the order of the disk.
  if (input.webkitdirectory) found.sort((a, b) => inOrder.compare(a.name, b.name));
  input.value = "";
  return found;
}

/** `[{file, name}]` of what was dropped or pasted, folders searched to the bottom. */
async function readTransfer(transfer) {
  // Entries must be taken before the first await: the browser empties the list after that.
  const taken = [...transfer.items]
    .filter((item) => item.kind === "file")
    .map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
  const found = [];
  for (const { entry, file } of taken) {
    if (entry) await walkEntry(entry, found);
    else if (file) found.push({ file, name: wellFormed(file.name) });
  }
  return found;
}

async function walkEntry(entry, found) {
  const name = wellFormed(entry.fullPath.replace(/^\//, ""));
  if (entry.isFile) {
    try {
      found.push({ file: await new Promise((good, bad) => entry.file(good, bad)), name });
    } catch {
      found.push({ file: null, name });
    }
    return;
  }
  const reader = entry.createReader();
  const children = [];
  for (;;) {
    // A reader gives a hundred at a time, and nothing when it is done.
    const some = await new Promise((good, bad) => reader.readEntries(good, bad)).catch(() => []);
    if (!some.length) break;
    children.push(...some);
  }
  children.sort((a, b) => inOrder.compare(a.name, b.name));
  for (const child of children) await walkEntry(child, found);
}
