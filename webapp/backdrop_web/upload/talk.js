// What a queue and the server tell each other, in numbered messages (`protocol.py`). One message is on its way at a
// time, and the same one is sent again until it was heard.

const AHEAD = 20; // files that have their permission to upload before they are needed; it lasts an hour
const OFFERS = 50;
const EVERY_MILLISECONDS = 700;
const POLL_MILLISECONDS = 1200;
const UNHEARD_MILLISECONDS = 10_000;

class Talk {
  constructor(queue) {
    this.queue = queue;
    this.data = null;
    this.reset(null);
  }

  /** Begin anew with the server's upload session of that key, which knows nothing of what was said before. */
  reset(key) {
    Object.assign(this, { key, seq: 0, heard: 0, outstanding: null, tries: 0, sentAt: 0, toldLeft: 0, toldOut: 0 });
    Object.assign(this, { stops: 0, isToStop: false });
    // What the next message tells, besides files that are offered.
    Object.assign(this, { arrived: new Set(), renew: new Set(), removed: new Set(), cleared: new Set() });
  }

  /** Take over what the server says, and the way to talk to it; yields each update of a file once. */
  *receive(data, speak) {
    this.data = data;
    this.speak = speak;
    for (const update of data.updates) {
      if (update.n <= this.heard) continue;
      this.heard = update.n;
      yield update;
    }
    if (this.outstanding && data.ack >= this.outstanding.seq) {
      this.outstanding = null;
      this.tries = 0;
    }
    if (data.stop > this.stops) {
      this.stops = data.stop;
      this.isToStop = true;
    }
  }

  /** Whether the server has said, since the last time, that files not sent yet are to be left out. */
  takeStop() {
    const { isToStop } = this;
    this.isToStop = false;
    return isToStop;
  }

  /** Say nothing more until the server is heard again. */
  fallSilent() {
    this.speak = null;
    clearTimeout(this.timer);
  }

  /** Say what there is to say, now or when it is time. */
  sendNext() {
    clearTimeout(this.timer);
    if (!this.data || !this.speak) return;
    const since = Date.now() - this.sentAt;
    if (this.outstanding) {
      // Trouble on the server's way to the service: come back later and later. Silence: it may have been lost.
      const patience = this.data.trouble ? Math.min(30_000, 2000 * 2 ** this.tries) : UNHEARD_MILLISECONDS;
      if (since >= patience) {
        this.tries += 1;
        this.sendOutstanding();
      } else {
        this.timer = setTimeout(() => this.sendNext(), patience - since + 50);
      }
      return;
    }
    const wait = this.hasSomethingToSay() ? EVERY_MILLISECONDS : this.mustAsk() ? POLL_MILLISECONDS : null;
    if (wait === null) return;
    if (since < wait) {
      this.timer = setTimeout(() => this.sendNext(), wait - since);
      return;
    }
    this.outstanding = this.makeMessage();
    this.sendOutstanding();
  }

  sendOutstanding() {
    this.sentAt = Date.now();
    this.speak({ ...this.outstanding, heard: this.heard });
    this.timer = setTimeout(() => this.sendNext(), EVERY_MILLISECONDS);
  }

  /** Photos of the draft from before are still being looked for: what is added must wait for what they are. */
  get waitsForDraft() {
    return this.data.busy && this.queue.filesIn("checking").length === 0;
  }

  findOfferable() {
    if (this.waitsForDraft) return [];
    const ahead = this.queue.filesIn("offered", "targeted").length;
    return ahead >= AHEAD ? [] : this.queue.filesIn("queued").slice(0, OFFERS);
  }

  hasSomethingToSay() {
    const { arrived, renew, removed, cleared } = this;
    if (arrived.size || renew.size || removed.size || cleared.size || this.findOfferable().length) return true;
    const left = this.queue.open.length;
    return (this.toldLeft === 0) !== (left === 0) || (left === 0 && this.toldOut !== this.queue.out);
  }

  mustAsk() {
    // The page says how many photos it waits for: that number is told when it has changed, too.
    const counts = this.toldLeft !== this.queue.open.length;
    return this.data.busy || this.data.stale || counts || this.queue.filesIn("checking", "offered").length > 0;
  }

  makeMessage() {
    const offers = this.findOfferable();
    for (const entry of offers) Object.assign(entry, { state: "offered", offered: true });
    const take = (ids, most = 500) => {
      const taken = [...ids].slice(0, most);
      taken.forEach((id) => ids.delete(id));
      return taken;
    };
    this.toldLeft = this.queue.open.length;
    this.toldOut = this.queue.out;
    return {
      key: this.key,
      seq: ++this.seq,
      left: this.toldLeft,
      out: this.toldOut,
      offers: offers.map(({ id, name, size, type, sha256 }) => ({ id, name, size, type, sha256 })),
      arrived: take(this.arrived),
      renew: take(this.renew, 100),
      removed: take(this.removed),
      cleared: take(this.cleared),
    };
  }
}
