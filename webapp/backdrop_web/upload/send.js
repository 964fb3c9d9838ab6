// One file to the storage by presigned POST, tried again after what may pass by itself.

const TRIES = 5;
const STALL_MILLISECONDS = 60_000;
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

const waitFor = (milliseconds, signal) =>
  new Promise((go) => {
    const timer = setTimeout(go, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), go()), { once: true });
  });

/** Wait until the device is online again, or the work is called off. */
const waitUntilOnline = (signal) =>
  navigator.onLine
    ? Promise.resolve()
    : new Promise((go) => {
        const end = () => (window.removeEventListener("online", end), go());
        window.addEventListener("online", end);
        signal.addEventListener("abort", end, { once: true });
      });

/**
 * Send a file. `onProgress(bytes)` tells how much of it is through.
 * Resolves to `{ok}`, `{expired}` (the permission ran out), `{reason}` (it failed for good) or `{aborted}`.
 */
async function sendFile(file, target, onProgress, onWait, signal) {
  for (let attempt = 1; ; attempt++) {
    await waitUntilOnline(signal);
    if (signal.aborted) return { aborted: true };
    const outcome = await sendFileOnce(file, target, onProgress, signal);
    if (signal.aborted) return { aborted: true };
    if (!outcome.passing) return outcome;
    onProgress(0);
    if (attempt === TRIES) return { reason: outcome.reason };
    onWait(attempt + 1);
    // 1, 2, 4, 8 s and up to as much again, so that files that failed together do not come back together.
    const step = 1000 * 2 ** (attempt - 1);
    await waitFor(step / 2 + Math.random() * step, signal);
  }
}

function sendFileOnce(file, target, onProgress, signal) {
  return new Promise((resolve) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(target.fields)) form.append(name, value);
    form.append("file", file, "photo");
    const request = new XMLHttpRequest();
    let watch;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => request.abort(), STALL_MILLISECONDS);
    };
    const end = (outcome) => {
      clearTimeout(watch);
      signal.removeEventListener("abort", stop);
      resolve(outcome);
    };
    const stop = () => request.abort();
    signal.addEventListener("abort", stop);
    request.upload.addEventListener("progress", (event) => {
      alive();
      onProgress(Math.min(event.loaded, file.size));
    });
    request.addEventListener("load", () => end(readOutcome(request)));
    request.addEventListener("abort", () => end({ passing: true, reason: phrase("network") }));
    request.addEventListener("error", async () => {
      // The browser says the same of a broken line and of a file that is gone from the disk.
      const readable = await file.slice(0, 1).arrayBuffer().then(() => true, () => false);
      end(readable ? { passing: true, reason: phrase("network") } : { reason: phrase("changed") });
    });
    request.open("POST", target.url);
    alive();
    request.send(form);
  });
}

function readOutcome(request) {
  const { status } = request;
  if (status >= 200 && status < 300) return { ok: true };
  const code = /<Code>(\w{1,64})<\/Code>/.exec(request.responseText.slice(0, 4000))?.[1] || "";
  const reason = REASONS.storage(status, code);
  if (status === 403 && /expired/i.test(request.responseText.slice(0, 4000))) return { expired: true };
  return PASSING.has(status) || status === 0 ? { passing: true, reason } : { reason };
}
