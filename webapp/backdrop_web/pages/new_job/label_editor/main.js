/* The words and boxes of a photo. Python tells `data`: { id, photo, name, picture, width, height, labels, corrected, characters, run,
refused, refusal, saved }; this tells `outbox`: { run, id, save?: { n, labels: [{ name, boxes }] or null }, close?: { n } }. */
const listKeys = () => [
  ["N", phrase("keyNew")], ["B", phrase("keyNext")], [phrase("arrows"), phrase("keyMove")], [phrase("shiftArrows"), phrase("keySize")],
  [phrase("delete"), phrase("keyTake")], [phrase("stepKeys"), phrase("keySteps")], ["+ \u2212 0", phrase("keyZoom")], [phrase("enter"), phrase("keySave")],
];
const MOVE = .02, LITTLE = .002, NEW_BOX = [.3, .3, .4, .4], REACH = { fine: 10, coarse: 22 };

class Labels extends Conversing {
  constructor(dialog, send) {
    super(dialog, send);
    this.spots = dialog.querySelector(".spots");
    this.list = dialog.querySelector(".words ul");
    this.stage = new Stage(dialog.querySelector(".stage"), {
      begin: (point) => this.begin(point), extend: (point) => this.extend(point), end: () => this.end(), cancel: () => this.cancel(),
      pans: () => false, width: () => 0, zoomed: (zoom) => this.showZoom(zoom),
    });
    this.build();
    this.listen(listKeys());
  }

  get root() {
    return this.stage.root;
  }

  build() {
    const button = (words, onclick, extra = {}) => make("button", { type: "button", class: "button", onclick, ...extra }, words);
    this.button = button;
    this.undo = button(phrase("undo"), () => this.step(-1), { "aria-keyshortcuts": "Control+Z" });
    this.redo = button(phrase("redo"), () => this.step(1), { "aria-keyshortcuts": "Control+Shift+Z" });
    this.zoomWords = make("span", { class: "zoom" }, "100 %");
    this.dialog.querySelector(".tools").replaceChildren(
      make("div", { class: "group" }, button(phrase("newBox"), (event) => this.drawNew(null, event.detail === 0), { "aria-keyshortcuts": "N" })),
      make("div", { class: "group" }, this.undo, this.redo),
      make("div", { class: "group", role: "group", "aria-label": phrase("zoom") },
        button("\u2212", () => this.stage.zoomBy(-1), { "aria-label": phrase("zoomOut") }), this.zoomWords,
        button("+", () => this.stage.zoomBy(1), { "aria-label": phrase("zoomIn") }), button(phrase("whole"), () => this.stage.reset())),
    );
    this.dialog.querySelector(".add").addEventListener("click", () => this.addLabel());
    this.found = button(phrase("asFound"), () => this.save(null));
    this.saveButton = button(phrase("save"), () => this.save(this.listWorth()), { class: "button primary", "aria-keyshortcuts": "Enter" });
    this.dialog.querySelector("footer").replaceChildren(this.found, this.saveButton);
    this.locked = [this.found, this.saveButton];
  }

  open(data) {
    this.id = data.id;
    this.data = data;
    this.memory = new Memory(`labels.${data.photo}`);
    this.heard = data.run === this.run ? data.refused : 0;
    this.at = this.on = this.drag = null;
    setText(this.dialog.querySelector("h2"), phrase("title", { name: data.name }));
    this.found.hidden = !data.corrected;
    this.stage.photo.src = data.picture || "";
    // The canvas, which nothing is drawn on here, has the photo's shape.
    const by = 1000 / Math.max(data.width, data.height);
    this.before = JSON.stringify(data.labels);
    this.history = new History(this.before);
    this.labels = JSON.parse(this.before);
    this.stopWaiting();
    const left = this.remembered();
    if (left) {
      this.labels = left;
      this.history.push(JSON.stringify(left));
      this.tell(phrase("left"));
    } else {
      this.tell(phrase("start"));
    }
    this.show();
    if (!this.dialog.open) this.dialog.showModal();
    this.stage.size(data.width * by, data.height * by);
    this.stage.reset();
    this.stage.root.focus();
  }

  remembered() {
    try {
      const labels = JSON.parse(this.memory.read() || "null");
      return Array.isArray(labels) && labels.every((one) => typeof one.name === "string" && Array.isArray(one.boxes)) ? labels : null;
    } catch {
      return null;
    }
  }

  /* What is worth saving: a row with neither word nor box is none, and boxes without a word are one label. */
  listWorth() {
    const named = this.labels.filter(({ name }) => name.trim()), boxes = this.labels.flatMap((one) => (one.name.trim() ? [] : one.boxes));
    return boxes.length ? [...named, { name: "", boxes }] : named;
  }

  show() {
    this.showRows();
    this.showSpots();
    this.showSteps();
  }

  showSpots() {
    this.spots.replaceChildren(...this.labels.flatMap(({ name, boxes }, at) => boxes.map((box, number) => {
      const on = this.on?.[0] === at && this.on[1] === number;
      const corners = on ? [[0, 0], [1, 0], [0, 1], [1, 1]].map(([x, y]) => {
        const corner = make("i");
        Object.assign(corner.style, { left: `${x * 100}%`, top: `${y * 100}%` });
        return corner;
      }) : [];
      const spot = make("div", { class: on ? "spot on" : "spot" }, name && make("span", {}, name), ...corners);
      ["left", "top", "width", "height"].forEach((side, index) => { spot.style[side] = `${box[index] * 100}%`; });
      return spot;
    })));
  }

  showRows() {
    this.list.replaceChildren(...this.labels.map((label, at) => {
      const called = label.name || phrase("boxNumber", { number: at + 1 });
      const input = make("input", { type: "text", maxlength: String(this.data.characters), "aria-label": phrase("wordNumber", { number: at + 1 }), placeholder: phrase("noWord") });
      input.value = label.name;
      input.addEventListener("focus", () => this.choose(at));
      input.addEventListener("input", () => { label.name = input.value; setText(about, tellPlaces(label)); this.showSpots(); });
      input.addEventListener("change", () => this.note());
      const places = label.boxes.length, about = make("small", {}, tellPlaces(label));
      return make("li", { class: this.at === at ? "on" : "" }, input,
        this.button(phrase(places ? "anotherBox" : "drawBox"), (event) => this.drawNew(at, event.detail === 0), { "aria-label": phrase("drawFor", { name: called }) }),
        this.button(phrase("remove"), () => this.remove(at), { "aria-label": phrase("removeOne", { name: called }) }),
        about);
    }));
  }

  /* Marks a row, and one of its boxes, without drawing the row anew: it may have the keyboard. */
  choose(at, number = 0) {
    this.at = at;
    this.on = at !== null && this.labels[at]?.boxes[number] ? [at, number] : null;
    [...this.list.children].forEach((row, index) => row.classList.toggle("on", index === at));
    this.showSpots();
  }

  showZoom(zoom) {
    this.spots.style.setProperty("--zoom", zoom);
    if (this.zoomWords) setText(this.zoomWords, `${Math.round(zoom * 100)} %`);
  }

  addLabel() {
    if (this.waiting) return;
    this.labels.push({ name: "", boxes: [] });
    this.show();
    this.list.lastElementChild.querySelector("input").focus();
    this.tell(phrase("write"));
  }

  remove(at) {
    if (this.waiting) return;
    const [gone] = this.labels.splice(at, 1);
    this.at = this.on = null;
    this.note();
    this.show();
    this.stage.root.focus();
    this.tell(gone.name ? phrase("removed", { name: gone.name }) : phrase("boxRemoved"));
  }

  /* The next box that is drawn is of this row; null: a new one without a word. By keys it is there at once, in the middle. */
  drawNew(at, byKeys) {
    if (this.waiting) return;
    this.choose(at, -1);
    this.stage.root.focus();
    if (byKeys) return this.addBox(NEW_BOX);
    const name = at === null ? "" : this.labels[at].name;
    this.tell(name ? phrase("dragOf", { name }) : phrase("dragNew"));
  }

  addBox(box) {
    // A box beside the one that is held is of something else.
    if (this.at === null || this.on) this.at = this.labels.push({ name: "", boxes: [] }) - 1;
    const label = this.labels[this.at];
    label.boxes.push(box);
    this.on = [this.at, label.boxes.length - 1];
    this.note();
    this.show();
    this.list.children[this.at].scrollIntoView({ block: "nearest" });
    this.tell(label.name ? phrase("hasBox", { name: label.name }) : phrase("boxKept"));
  }

  begin(point) {
    if (this.waiting) return;
    const frame = this.stage.sheet.getBoundingClientRect(), reach = REACH[matchMedia("(pointer: coarse)").matches ? "coarse" : "fine"];
    // Who pressed "Draw box" draws one, whatever lies under it.
    const hold = this.at !== null && !this.on ? null : findHold(this.labels, this.on, point, [reach / frame.width, reach / frame.height]);
    if (hold) this.choose(...hold.spot);
    this.drag = { from: point, to: point, hold, box: hold && this.labels[hold.spot[0]].boxes[hold.spot[1]] };
  }

  extend(point) {
    if (!this.drag) return;
    const { hold, from, box } = this.drag, by = [point[0] - from[0], point[1] - from[1]];
    this.drag.to = point;
    if (!hold) return this.stage.drawBox(from, point);
    const sized = hold.edges.some(Boolean);
    this.labels[hold.spot[0]].boxes[hold.spot[1]] = sized ? sizeBox(box, hold.edges, by) : moveBox(box, by);
    this.showSpots();
  }

  end() {
    if (!this.drag) return;
    const { hold, from, to } = this.drag;
    this.drag = null;
    this.stage.drawBox(null);
    // A press alone takes hold of a box, and changes none.
    if (hold) return from === to ? this.take() : this.note();
    const box = boxBetween(from, to);
    if (box) return this.addBox(box);
    this.choose(null);
    this.tell(phrase("drag"));
  }

  cancel() {
    this.drag = null;
    this.stage.drawBox(null);
    if (this.history) this.take();
  }

  /* Shows the state that the last step left. */
  take() {
    this.labels = JSON.parse(this.history.now);
    this.showSpots();
  }

  /* A step is done: it can be undone, and outlives a reload. */
  note() {
    const now = JSON.stringify(this.labels);
    if (now === this.history.now) return;
    this.history.push(now);
    this.keep();
  }

  keep() {
    this.memory.write(this.history.now === this.before ? null : this.history.now);
    this.showSteps();
  }

  step(by) {
    if (this.waiting) return;
    this.labels = JSON.parse(this.history.step(by));
    this.at = this.on = null;
    this.keep();
    this.show();
    // The row that had the keyboard was drawn anew.
    if (!this.dialog.contains(this.dialog.getRootNode().activeElement)) this.stage.root.focus();
    this.tell(phrase(by < 0 ? "takenBack" : "doneAgain"));
  }

  save(labels) {
    if (this.waiting) return;
    if (labels && JSON.stringify(labels) === this.before) return this.tell(phrase("unchanged"));
    this.saving = ++this.count;
    this.wait(phrase("saving"));
    this.send({ run: this.run, id: this.id, save: { n: this.saving, labels } });
  }

  stopWaiting() {
    this.saving = 0;
    super.stopWaiting();
  }

  key(event) {
    if (event.key === "Tab") return event.stopPropagation();
    const pressed = event.key.toLowerCase(), control = event.ctrlKey || event.metaKey, target = event.composedPath()[0];
    const inField = target.matches?.("input"), onButton = target.matches?.("button");
    if (inField && !(control && pressed === "z")) {
      if (pressed === "enter") this.stage.root.focus();
      // What is typed is text: no key of the page.
      return event.stopPropagation();
    }
    const arrows = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] };
    if (control && pressed === "z") this.step(event.shiftKey ? 1 : -1);
    else if (control && pressed === "y") this.step(1);
    else if (control) return;
    else if (pressed in arrows) this.push(arrows[pressed], event);
    else if (pressed === "n") this.drawNew(this.on ? null : this.at, true);
    else if (pressed === "b") this.next(event.shiftKey ? -1 : 1);
    else if (pressed === "delete" || pressed === "backspace") this.removeBox();
    else if (pressed === "enter" && !onButton) this.save(this.listWorth());
    else if (pressed === "+" || pressed === "=") this.stage.zoomBy(1);
    else if (pressed === "-") this.stage.zoomBy(-1);
    else if (pressed === "0") this.stage.reset();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  push(way, event) {
    if (!this.on || this.waiting) return this.tell(phrase("takeFirst"));
    const by = way.map((one) => one * (event.altKey ? LITTLE : MOVE)), { boxes } = this.labels[this.on[0]], box = boxes[this.on[1]];
    boxes[this.on[1]] = event.shiftKey ? sizeBox(box, [1, 1], by) : moveBox(box, by);
    this.showSpots();
    this.note();
    this.tell(describe(boxes[this.on[1]]));
  }

  next(by) {
    const all = this.labels.flatMap(({ boxes }, at) => boxes.map((_, number) => [at, number]));
    if (!all.length) return this.tell(phrase("noBoxYet"));
    const now = all.findIndex(([at, number]) => this.on?.[0] === at && this.on[1] === number);
    const [at, number] = all[now < 0 ? 0 : (now + by + all.length) % all.length];
    this.choose(at, number);
    this.tell(`${this.labels[at].name || phrase("wordless")}: ${describe(this.labels[at].boxes[number])}`);
  }

  removeBox() {
    if (!this.on || this.waiting) return;
    const [at, number] = this.on, label = this.labels[at];
    label.boxes.splice(number, 1);
    if (!label.name.trim() && !label.boxes.length) this.labels.splice(at, 1);
    this.at = this.on = null;
    this.note();
    this.show();
    this.tell(phrase("boxTaken"));
  }
}

/* What a row says of its boxes. */
function tellPlaces({ name, boxes }) {
  const count = boxes.length;
  if (!name.trim()) return count ? phrase("boxesWordless", { count }) : "";
  return count ? phrase("boxes", { count }) : phrase("noBox");
}

/* A box in words, for who does not see it. */
function describe([left, top, width, height]) {
  const percent = (share) => Math.round(share * 100);
  return phrase("place", { left: percent(left), top: percent(top), width: percent(width), height: percent(height) });
}

export default function ({ data, parentElement, setStateValue }) {
  const dialog = parentElement.querySelector(".labels");
  learnWords(dialog, data);
  writeWords(dialog);
  dialog.labels ??= new Labels(dialog, (outbox) => dialog.tellPython(outbox));
  dialog.tellPython = (outbox) => setStateValue("outbox", outbox);
  dialog.labels.update(data);
}
