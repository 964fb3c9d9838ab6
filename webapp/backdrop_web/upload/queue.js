// The files on their way, kept while the page is drawn and drawn again, and across a sign-in. What of it the server
// must know, `talk.js` tells it.
//
// A file goes: looking -> queued -> offered -> targeted -> sending -> checking -> gone (it is in the job).
// Or it ends in `refused` (for good) or `failed` (may be tried again), where it stays until it is cleared.
// A file that a job was started without is `failed` too: nothing that was chosen goes without a word.

const AT_ONCE = 5;
const LOOK_MILLISECONDS = 100;

const OPEN = new Set(["looking", "queued", "offered", "targeted", "sending", "checking"]);

class Queue {
  constructor() {
    this.files = new Map();
    this.number = 0;
    this.talk = new Talk(this);
    this.dismissed = new Set();
    this.notes = [];
    this.listeners = new Set();
    this.resetTotals();
  }

  resetTotals() {
    Object.assign(this, { added: 0, known: 0, doneBytes: 0, begun: 0, cancelled: 0, clutter: 0 });
  }

  // Asked by the view.

  get data() {
    return this.talk.data;
  }

  filesIn(...states) {
    return [...this.files.values()].filter((file) => states.includes(file.state));
  }

  get open() {
    return [...this.files.values()].filter((file) => OPEN.has(file.state));
  }

  /** Photos of the draft that are left out and that no file here stands for. */
  get leftOut() {
    const here = new Set([...this.files.values()].map((file) => file.photoId));
    return (this.data?.leftOut || []).filter((photo) => !here.has(photo.photoId) && !this.dismissed.has(photo.photoId));
  }

  /** How many files and photos are listed as left out. */
  get out() {
    return this.filesIn("refused", "failed").length + this.leftOut.length;
  }

  // Done by the user.

  async add(found) {
    const isClutter = clutterTest(this.data.limits);
    const real = found.filter((one) => !isClutter(one));
    if (!this.open.length) this.resetTotals();
    this.clutter += found.length - real.length;
    // A file of that name that went wrong before is replaced.
    const names = new Set(real.map(({ name }) => name));
    this.filesIn("refused", "failed").forEach((old) => names.has(old.name) && this.forget(old));
    const fresh = real.map(({ file, name }) => {
      const entry = { id: this.newId(), file, name, sent: 0, state: "looking" };
      entry.size = file?.size ?? 0;
      this.files.set(entry.id, entry);
      return entry;
    });
    this.changed();
    // The page must know of them before it hears another press of a button.
    this.work();
    await this.look(fresh);
    return real.length;
  }

  /** Look at the beginning of files, and queue those that can be used. */
  async look(entries) {
    this.begun ||= Date.now();
    const { limits } = this.data;
    const kindOf = kindTests(limits);
    // The server decides; but nobody should wait an hour to hear that the last thousand are too many.
    let room = limits.maxPhotos - this.open.filter(({ state }) => state !== "looking").length;
    let worked = 0;
    for (const entry of entries) {
      const seen = entry.file ? await lookAt(entry.file, limits, kindOf) : { reason: phrase("unreadable") };
      if (entry.state !== "looking") continue;
      if (!seen.reason && room <= 0) seen.reason = phrase("full", { most: limits.maxPhotos });
      if (seen.reason) {
        this.end(entry, "refused", seen.reason);
      } else {
        room -= 1;
        Object.assign(entry, { type: seen.type, sha256: seen.sha256, state: "queued" });
      }
      // Each round of work looks at all files: with thousands, one for each would freeze the page.
      if (Date.now() - worked > LOOK_MILLISECONDS) {
        this.work();
        worked = Date.now();
      }
    }
    this.work();
    this.changed();
  }

  newId() {
    return `f${Date.now().toString(36)}-${++this.number}`;
  }

  /** Take a file away: stop it, and take it out of the draft if it is there. */
  drop(entry) {
    this.forget(entry);
    this.changed();
    this.work();
  }

  forget(entry) {
    entry.abort?.abort();
    this.files.delete(entry.id);
    if (entry.offered) this.talk.removed.add(entry.id);
    entry.state = "dropped";
  }

  clearPhoto(photoId) {
    this.dismissed.add(photoId);
    this.talk.cleared.add(photoId);
    this.changed();
    this.work();
  }

  clearProblems() {
    this.filesIn("refused", "failed").forEach((entry) => this.forget(entry));
    this.leftOut.forEach((photo) => this.clearPhoto(photo.photoId));
    this.notes = [];
    this.changed();
    this.work();
  }

  cancel() {
    const open = this.open;
    this.cancelled += open.length;
    open.forEach((entry) => this.forget(entry));
    this.changed();
    this.work();
  }

  /** The job starts without what is not sent yet: it stays here, to be had in another job. */
  park() {
    for (const entry of this.open.filter(({ state }) => state !== "checking")) {
      this.forget(entry);
      const { file, name, size, type, sha256 } = entry;
      const parked = { id: this.newId(), file, name, size, type, sha256, sent: 0, state: "failed", parked: true };
      this.files.set(parked.id, Object.assign(parked, { reason: phrase("parked") }));
    }
    this.changed();
    this.work();
  }

  /** Take over the files that the job before was started without. */
  inherit(before) {
    before.park();
    for (const entry of before.filesIn("failed").filter(({ parked }) => parked)) this.files.set(entry.id, entry);
    this.number = before.number;
  }

  retry(...entries) {
    entries.forEach((entry) => this.putBack(entry));
    const unseen = entries.filter(({ state }) => state === "looking");
    if (unseen.length) this.look(unseen);
    this.begun ||= Date.now();
    this.changed();
    this.work();
  }

  putBack(entry) {
    entry.reason = null;
    entry.parked = false;
    if (entry.uploaded) {
      entry.state = "checking";
      this.talk.arrived.add(entry.id);
    } else if (!entry.type) {
      entry.state = "looking";
    } else {
      entry.sent = 0;
      entry.state = entry.target ? "targeted" : "queued";
    }
  }

  // Told by the server.

  /** Take over what the server says, and the way to talk to it. */
  receive(data, speak) {
    if (this.talk.key !== data.key) this.adopt(data.key);
    for (const update of this.talk.receive(data, speak)) this.applyUpdate(update);
    if (this.talk.takeStop()) this.park();
    this.changed();
    this.work();
  }

  /** The server knows nothing of what was said before, such as after it was started anew: say it again. */
  adopt(key) {
    this.talk.reset(key);
    for (const entry of this.files.values()) {
      if (entry.state === "checking" || (!OPEN.has(entry.state) && entry.state !== "failed")) {
        // It has arrived; the server finds it in the draft by itself.
        if (entry.state === "checking") this.files.delete(entry.id);
        continue;
      }
      entry.abort?.abort();
      Object.assign(entry, { offered: false, target: null, photoId: null, uploaded: false, sent: 0 });
      if (entry.state !== "looking" && entry.state !== "failed") entry.state = "queued";
    }
  }

  applyUpdate(update) {
    if (update.kind === "note") {
      this.dismissed.delete(update.id);
      this.notes.push(update.reason);
      return;
    }
    const entry = this.files.get(update.id);
    if (!entry) return;
    switch (update.kind) {
      case "target":
        Object.assign(entry, { target: { url: update.url, fields: update.fields }, photoId: update.photoId });
        entry.state = "targeted";
        break;
      case "done":
        this.added += 1;
        this.doneBytes += entry.size;
        this.files.delete(entry.id);
        break;
      case "known":
        this.known += 1;
        this.files.delete(entry.id);
        break;
      case "again":
        entry.missed = (entry.missed || 0) + 1;
        entry.uploaded = false;
        if (entry.missed > 2) this.end(entry, "failed", phrase("notStored"));
        else Object.assign(entry, { state: "targeted", sent: 0 });
        break;
      case "refused":
        entry.photoId = update.photoId || entry.photoId;
        this.end(entry, "refused", update.reason);
        break;
      case "failed":
        this.end(entry, "failed", update.reason);
        break;
    }
  }

  end(entry, state, reason) {
    Object.assign(entry, { state, reason, sent: 0 });
    this.changed();
  }

  // The work itself.

  work() {
    const sending = this.filesIn("sending").length;
    for (const entry of this.filesIn("targeted").slice(0, Math.max(0, AT_ONCE - sending))) this.start(entry);
    this.talk.sendNext();
  }

  async start(entry) {
    const abort = new AbortController();
    Object.assign(entry, { state: "sending", abort, attempt: 1 });
    this.changed();
    const outcome = await sendFile(
      entry.file,
      entry.target,
      (bytes) => {
        entry.sent = bytes;
        this.changed();
      },
      (attempt) => {
        entry.attempt = attempt;
        this.changed();
      },
      abort.signal,
    );
    if (outcome.aborted || entry.abort !== abort || entry.state !== "sending") return;
    if (outcome.ok) {
      Object.assign(entry, { state: "checking", sent: entry.size, uploaded: true });
      this.talk.arrived.add(entry.id);
    } else if (outcome.expired) {
      Object.assign(entry, { state: "offered", target: null, sent: 0 });
      this.talk.renew.add(entry.id);
    } else {
      this.end(entry, "failed", outcome.reason);
    }
    this.changed();
    this.work();
  }

  changed() {
    this.listeners.forEach((listener) => listener());
  }
}
