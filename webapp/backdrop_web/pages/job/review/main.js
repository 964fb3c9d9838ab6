/* The grid, the view of one image, and what is decided there. Python tells `data`, this tells `outbox`:
{ run, decisions: [{ n, id, verdict }], turn?: { n, page }, again?: { n, id }, fix?, place?, story?: the same }. */
const LANDING_MILLISECONDS = 8000;

class Review {
  constructor(root, send) {
    this.root = root;
    this.judgements = new Judgements(send);
    this.current = null;
    this.landing = null;
    this.awaited = null;
    this.say = root.querySelector(".say");
    this.tiles = new Tiles(root.querySelector(".tiles"), {
      open: (id) => this.open(id),
      judgeKey: (key, id) => this.judgeKey(key, id),
    });
    this.view = new View(root.querySelector("dialog"), {
      move: (step) => this.move(step),
      judge: (verdict, why) => this.judge(verdict, this.current, why),
      open: (id) => this.open(id),
      only: (id) => this.only(id),
      compare: () => this.view.toggleCompared(),
      changed: () => this.draw(),
      undo: () => this.undo(),
      judgeKey: (key) => this.judgeKey(key),
      again: (id) => this.again(id),
      fix: (id) => this.again(id, "fix"),
      place: (id) => this.again(id, "place"),
      story: (id) => this.again(id, "story"),
      closing: () => this.closing(),
      closed: () => this.closed(),
    });
    this.judged = new Set();
    root.querySelector(".tiles").setAttribute("aria-label", phrase("images"));
    setText(root.querySelector(".closed"), phrase("pressImage"));
    root.querySelector(".hint.keys").replaceChildren(...makeKeysHint(phrase("keysHint")));
    this.all = root.querySelector(".all");
    this.all.addEventListener("click", () => this.approveAll());
    this.back = root.querySelector(".back-all");
    setText(this.back, phrase("undo"));
    this.back.addEventListener("click", () => this.undo());
    this.start = root.querySelector(".start");
    this.start.addEventListener("click", () => this.open((this.firstToReview() || this.data.records[0]).id));
  }

  update(data) {
    const turned = this.data && this.data.page !== data.page;
    const refusal = data.run === this.judgements.run && data.refusal;
    if (!this.data) this.judgements.resume(data.job);
    this.data = data;
    this.judgements.acknowledge(data);
    if (refusal && refusal !== this.refusal) this.announce(refusal, true);
    this.refusal = refusal;
    if (turned && this.awaited !== null) {
      const { id, step } = this.awaited;
      const landed = id ? this.find(id) : data.records.at(step > 0 ? 0 : -1);
      this.land(null);
      this.awaited = null;
      if (landed && this.view.open) this.current = landed.id;
    }
    this.draw();
  }

  verdictOf(record) {
    return this.judgements.verdict(record);
  }

  /* A record of the page, or one of the tries behind it. */
  find(id) {
    return this.data.records.flatMap((record) => [record, ...(record.behind || [])]).find((record) => record.id === id);
  }

  /* The record of the page whose image it is, or a try of it. */
  findTile(id) {
    return this.data.records.find((record) => record.id === id || record.behind?.some((one) => one.id === id));
  }

  firstToReview() {
    return this.data.records.find((record) => findState(record, this.verdictOf(record)) === "review");
  }

  draw() {
    const { records } = this.data;
    this.tiles.show(records, (record) => this.verdictOf(record));
    const todo = records.filter((record) => findState(record, this.verdictOf(record)) === "review").length;
    const finished = records.some((record) => record.state === "done");
    this.start.hidden = !finished;
    this.all.hidden = !todo || this.data.readOnly;
    setText(this.all, phrase("approveAll", { count: todo }));
    this.back.hidden = !this.judgements.undoable.length || this.data.readOnly;
    this.root.querySelector(".keys").hidden = !finished || this.data.readOnly;
    this.root.querySelector(".closed").hidden = finished || !records.length;
    setText(this.start, todo && !this.data.readOnly ? phrase("reviewPage", { count: todo }) : phrase("lookThrough"));
    // An image may leave the page while it is looked at; it stays in view until the next step.
    const record = this.find(this.current) || this.last;
    if (this.current !== null && record) {
      this.last = record;
      const index = records.indexOf(this.findTile(record.id));
      this.view.show(record, this.verdictOf(record), {
        number: this.data.first + Math.max(index, 0) + 1,
        total: this.data.total,
        canUndo: this.judgements.undoable.length > 0,
        saving: this.judgements.pending.length,
        turning: this.landing !== null,
        readOnly: this.data.readOnly,
        said: this.judgements.said(record),
        tries: this.findTries(record),
        siblings: records.filter((one) => record.variation && one.photo === record.photo)
          .map((one) => ({ ...one, verdict: this.verdictOf(one) })),
      });
    }
  }

  /* All tries of the image, the first one first; none where there is one alone. */
  findTries(record) {
    const tile = this.findTile(record.id);
    if (!tile?.behind?.length) return [];
    return [tile, ...tile.behind].sort((a, b) => a.tryNumber - b.tryNumber)
      .map((one) => ({ ...one, verdict: this.verdictOf(one) }));
  }

  /* Every finished image of this page that nobody judged; taken back together. */
  approveAll() {
    const todo = this.data.records.filter((record) => findState(record, this.verdictOf(record)) === "review");
    if (!todo.length || this.data.readOnly) return;
    this.judgements.decide(todo.map((record) => [record, "APPROVED"]), this.data.page);
    this.announce(phrase("allApproved", { count: todo.length }));
    this.draw();
  }

  /* Counts what is judged since the review was opened, and tells at its end how long that took. */
  count(record) {
    this.judged.add(record.id);
    if (this.firstToReview() || this.data.page + 1 < this.data.pages || !this.began) return;
    this.announce(tellTime(this.judged.size, (Date.now() - this.began) / 1000));
    this.judged.clear();
    this.began = null;
  }

  open(id) {
    this.began ??= Date.now();
    this.current = id;
    this.last = this.find(id);
    this.draw();
    this.preload();
  }

  closing() {
    this.left = this.current;
    this.current = null;
    this.last = null;
    this.awaited = null;
  }

  closed() {
    if (this.current !== null) this.closing();
    this.tiles.focus(this.findTile(this.left)?.id);
  }

  move(step) {
    if (this.landing !== null) return;
    const { records, page, pages } = this.data;
    const index = records.indexOf(this.findTile(this.current));
    const next = records[index + step];
    if (next) {
      this.open(next.id);
    } else if (page + step >= 0 && page + step < pages) {
      this.turn(page + step, { step });
    } else {
      this.announce(phrase(step > 0 ? "last" : "first"));
    }
  }

  /* Another page, and the image to look at there: the one of this `id`, or the first or last by `step`. */
  turn(page, landing) {
    this.land(landing);
    this.announce(phrase("loading"));
    this.judgements.wish("turn", { page });
  }

  /* Should the page not come, the keys work again; one that comes late is landed on all the same. */
  land(landing) {
    clearTimeout(this.landingTimer);
    this.landing = landing;
    if (landing) {
      this.awaited = landing;
      this.landingTimer = setTimeout(() => {
        this.landing = null;
        this.draw();
      }, LANDING_MILLISECONDS);
    }
  }

  judge(verdict, id = this.current, why = {}) {
    const record = this.find(id);
    // While the next page is on its way, a key must not hit the image that was decided on just now.
    if (this.data.readOnly || !record || record.state !== "done" || this.landing !== null) return;
    this.judgements.decide([[record, verdict, why]], this.data.page);
    this.announce(phrase(verdict === "APPROVED" ? "approvedOne" : "rejectedOne", { name: record.name }));
    if (this.view.open) this.move(1);
    this.count(record);
    this.draw();
  }

  /* Approves this variation and rejects the photo's others; then the next photo. */
  only(id = this.current) {
    const record = this.find(id);
    if (this.data.readOnly || !record || !record.variation || record.state !== "done" || this.landing !== null) return;
    const others = this.data.records.filter((one) => one.photo === record.photo && one !== record);
    const rejected = others.filter((one) => one.state === "done").map((one) => [one, "REJECTED"]);
    this.judgements.decide([[record, "APPROVED"], ...rejected], this.data.page);
    this.announce(phrase("approvedAlone", { name: record.name, variation: record.variation }));
    if (this.view.open) {
      this.current = [record, ...others].sort((a, b) => this.place(a) - this.place(b)).at(-1).id;
      this.move(1);
    }
    this.count(record);
    this.draw();
  }

  place(record) {
    return this.data.records.indexOf(record);
  }

  undo() {
    if (this.landing !== null) return;
    const undone = this.judgements.undo();
    if (!undone) return;
    this.announce(phrase("takenBack", { name: undone.name }));
    if (this.view.open) {
      if (this.find(undone.id)) this.current = undone.id;
      else if (undone.page !== this.data.page && undone.page < this.data.pages) this.turn(undone.page, { id: undone.id });
    }
    this.draw();
  }

  judgeKey(key, id = this.current) {
    const pressed = key.toLowerCase();
    const reason = REASONS.find((one) => one[1].toLowerCase() === pressed);
    if (pressed === "a") this.judge("APPROVED", id);
    else if (pressed === "r") this.judge("REJECTED", id);
    else if (pressed === "o") this.only(id);
    else if (pressed === "u") this.undo();
    else if (reason) this.judge("REJECTED", id, { reason: reason[0] });
    else return false;
    return true;
  }

  again(id, what = "again") {
    this.view.close();
    this.judgements.wish(what, { id });
  }

  /* The next image's picture is there when it is asked for. */
  preload() {
    const { records } = this.data;
    const next = records[records.indexOf(this.findTile(this.current)) + 1];
    for (const address of next ? [next.before, next.after] : []) {
      if (address) new Image().src = address;
    }
  }

  announce(words, alarm = false) {
    this.say.textContent = words;
    this.say.classList.toggle("alarm", alarm);
    if (this.view.open) this.view.dialog.append(this.say);
    else this.root.append(this.say);
  }
}

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".review");
  learnWords(root, data);
  root.review ??= new Review(root, (outbox) => root.send(outbox));
  root.send = (outbox) => setStateValue("outbox", outbox);
  root.review.update(data);
}
