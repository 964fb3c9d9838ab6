/* What was decided in this browser: shown at once, told to the server in one list until it says that it has it.

Messages of a page may overtake each other, so each carries all that is not acknowledged yet, numbered. */
class Judgements {
  constructor(send) {
    this.run = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    this.number = 0;
    this.pending = [];
    this.undoable = [];
    this.wishes = {};
    this.send = send;
  }

  /* What the server has handled, and what it could not do. */
  acknowledge(data) {
    if (data.run === this.run) {
      this.pending = this.pending.filter((decision) => decision.n > data.applied);
    }
  }

  verdict(record) {
    const mine = this.pending.findLast((decision) => decision.id === record.id);
    return mine ? mine.verdict : record.verdict;
  }

  decide(record, verdict) {
    this.undoable.push({ id: record.id, name: record.name, verdict: this.verdict(record) });
    this.tell(record.id, verdict);
  }

  /* Takes back the last decision; answers whose it was. */
  undo() {
    const last = this.undoable.pop();
    if (last) this.tell(last.id, last.verdict);
    return last;
  }

  tell(id, verdict) {
    this.number += 1;
    this.pending.push({ n: this.number, id, verdict });
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
