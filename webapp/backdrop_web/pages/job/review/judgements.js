/* What was decided in this browser: shown at once, told to the server in one list until it says that it has it.

Messages of a page may overtake each other, so each carries all that is not acknowledged yet, numbered.
It is kept for this tab as well: a page that is loaded again tells what the one before could not. */
class Judgements {
  constructor(send) {
    this.run = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.number = 0;
    this.pending = [];
    this.undoable = [];
    this.wishes = {};
    this.send = send;
    addEventListener("beforeunload", (event) => {
      if (this.pending.length) event.preventDefault();
    });
  }

  /* Goes on where the tab's last page of this job was left. */
  resume(job) {
    this.name = `backdrop.review.${job}`;
    const left = readKept(this.name);
    for (const { id, ...said } of left) this.note(id, said);
    if (left.length) this.post();
  }

  /* What the server has handled, and what it could not do. */
  acknowledge(data) {
    if (data.run !== this.run) return;
    const left = this.pending.filter((decision) => decision.n > data.applied);
    if (left.length === this.pending.length) return;
    this.pending = left;
    keep(this.name, left);
  }

  /* The verdict of an image, and why it was rejected: { verdict, reason, words }. */
  said(record) {
    const { verdict, reason, words } = this.pending.findLast((decision) => decision.id === record.id) || record;
    return { verdict, reason, words };
  }

  verdict(record) {
    return this.said(record).verdict;
  }

  /* `changes`: [[record, verdict, why], ...], taken back together. `page`: where they are seen. */
  decide(changes, page) {
    const before = changes.map(([record]) => ({ id: record.id, ...this.said(record) }));
    this.undoable.push({ before, id: changes[0][0].id, name: changes[0][0].name, page });
    for (const [record, verdict, why] of changes) this.note(record.id, { verdict, ...why });
    this.tell();
  }

  /* Takes back the last decision; answers whose it was. */
  undo() {
    const last = this.undoable.pop();
    if (!last) return last;
    for (const { id, ...said } of last.before) this.note(id, said);
    this.tell();
    return last;
  }

  note(id, { verdict, reason = null, words = "" }) {
    this.number += 1;
    this.pending.push({ n: this.number, id, verdict, reason, words });
  }

  tell() {
    keep(this.name, this.pending);
    this.post();
  }

  /* Anything else that only the server can do: turn the page, run an image again. */
  wish(name, value) {
    this.number += 1;
    this.wishes = { ...this.wishes, [name]: { n: this.number, ...value } };
    this.post();
  }

  post() {
    this.send({ run: this.run, decisions: this.pending, ...this.wishes });
  }
}

function readKept(name) {
  try {
    const left = JSON.parse(sessionStorage.getItem(name) || "[]");
    return Array.isArray(left) ? left : [];
  } catch {
    return []; // No storage in this browser: then only a reload in the middle loses something.
  }
}

function keep(name, pending) {
  try {
    if (pending.length) sessionStorage.setItem(name, JSON.stringify(pending));
    else sessionStorage.removeItem(name);
  } catch {
    // As above.
  }
}
