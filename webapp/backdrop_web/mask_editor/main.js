/* The mask editor. Python tells `data`: { id, photo, name, picture, width, height, mask, run, answered, answer, refusal, saved };
this tells `outbox`: { run, id, ask?: { n, kind, mask, keep, remove, rectangle }, save?: { n, mask }, close?: { n } }. */
const TOOLS = [
  { id: "keep", key: "K" }, { id: "remove", key: "R" }, { id: "paint", key: "B" }, { id: "erase", key: "E" },
  { id: "box", key: "X" }, { id: "piece", key: "P" }, { id: "hole", key: "H" }, { id: "pan", key: "M" },
];
const VIEWS = ["cut", "before", "tint", "photo", "mask"];
const listKeys = () => [
  ["K R B E X P H M", phrase("keyTools")], ["[ ]", phrase("keyBrush")], [phrase("arrows"), phrase("keyMove")], [phrase("space"), phrase("keyPen")],
  [phrase("stepKeys"), phrase("keySteps")], ["+ \u2212 0", phrase("keyZoom")], ["V", phrase("keyView")], [phrase("enter"), phrase("keySave")],
];
const SMART = { keep: true, remove: false }, PLAIN = { paint: true, erase: false };

class Editor extends Conversing {
  constructor(dialog, send) {
    super(dialog, send);
    this.tool = "keep";
    this.look = "cut";
    this.brush = .04;
    this.soft = 0;
    this.stage = new Stage(dialog.querySelector(".stage"), {
      begin: (point) => this.begin(point), extend: (point) => this.extend(point), end: () => this.end(), cancel: () => this.cancel(),
      pans: () => this.tool === "pan", width: () => this.brush, zoomed: (zoom) => this.showZoom(zoom),
    });
    this.build();
    this.listen(listKeys());
  }

  get root() {
    return this.stage.root;
  }

  build() {
    const button = (words, key, onclick, extra = {}) => make("button", { type: "button", class: "button", onclick, "aria-keyshortcuts": key, ...extra },
      make("span", {}, words), key && make("kbd", { "aria-hidden": "true" }, key));
    this.buttons = Object.fromEntries(TOOLS.map((tool) => [tool.id, button(phrase(tool.id), tool.key, () => this.choose(tool.id), { title: phrase(`${tool.id}Title`) })]));
    this.views = Object.fromEntries(VIEWS.map((id) => [id, button(phrase(`${id}View`), "", () => this.show(id))]));
    this.size = make("input", { type: "range", min: "1", max: "100", step: "1" });
    this.size.addEventListener("input", () => this.resize(this.size.value / 400));
    this.edge = make("input", { type: "range", min: "0", max: "5", step: "1", value: "0" });
    this.edge.addEventListener("input", () => { this.soft = Number(this.edge.value); this.edgeWords.textContent = `${this.soft} px`; this.draw(); });
    this.edgeWords = make("span", {}, "0 px");
    this.undo = button(phrase("undo"), "", () => this.step(-1), { "aria-keyshortcuts": "Control+Z" });
    this.redo = button(phrase("redo"), "", () => this.step(1), { "aria-keyshortcuts": "Control+Shift+Z" });
    this.zoomWords = make("span", { class: "zoom" }, "100 %");
    this.dialog.querySelector(".tools").replaceChildren(
      make("div", { class: "group", role: "group", "aria-label": phrase("strokes") }, ...Object.values(this.buttons)),
      make("label", { class: "range" }, phrase("size"), this.size),
      make("div", { class: "group" }, this.undo, this.redo),
      make("div", { class: "group", role: "group", "aria-label": phrase("zoom") },
        button("\u2212", "", () => this.stage.zoomBy(-1), { "aria-label": phrase("zoomOut") }), this.zoomWords,
        button("+", "", () => this.stage.zoomBy(1), { "aria-label": phrase("zoomIn") }), button(phrase("whole"), "0", () => this.stage.reset())),
      make("div", { class: "group", role: "group", "aria-label": phrase("views") }, ...Object.values(this.views)),
      make("label", { class: "range" }, phrase("softEdge"), this.edge, this.edgeWords),
    );
    this.saveButton = button(phrase("save"), "Enter", () => this.save(), { class: "button primary" });
    this.anew = button(phrase("anew"), "", () => this.startOver(), { title: phrase("anewTitle") });
    this.dialog.querySelector("footer").replaceChildren(this.anew, this.saveButton);
    this.locked = [this.anew, this.saveButton];
    this.choose(this.tool);
    this.show(this.look);
    this.resize(this.brush);
  }

  async update(data) {
    this.noAnswer = data.noAnswer;
    if (this.id !== data.id) await this.open(data);
    if (data.run !== this.run) return;
    if (data.saved && data.saved === this.saving) return this.saved();
    if (data.answered > this.heard) {
      this.heard = data.answered;
      this.stopWaiting();
      if (data.refusal) this.tell(data.refusal, true);
      else if (data.answer) await this.take(data.answer);
    }
  }

  async open(data) {
    this.id = data.id;
    this.memory = new Memory(data.photo);
    this.heard = data.run === this.run ? data.answered : 0;
    setText(this.dialog.querySelector("h2"), phrase("title", { name: data.name }));
    this.stage.photo.src = data.picture;
    this.mask = new Mask(data.width, data.height);
    this.line = null;
    this.stage.size(data.width, data.height);
    this.mask.draw(await loadImage(`data:image/png;base64,${data.mask}`));
    this.history = new History(this.mask.read());
    this.first = new Mask(data.width, data.height);
    this.first.write(this.history.now);
    const left = this.memory.read();
    if (left) {
      this.mask.draw(await loadImage(`data:image/png;base64,${left}`));
      this.history.push(this.mask.read());
      this.tell(phrase("left"));
    } else {
      this.tell(phrase("start"));
    }
    this.draw();
    this.showSteps();
    if (!this.dialog.open) this.dialog.showModal();
    this.stage.reset();
    this.stage.place();
    this.stage.root.focus();
  }

  choose(id) {
    this.tool = id;
    for (const [name, button] of Object.entries(this.buttons)) button.setAttribute("aria-pressed", String(name === id));
    this.stage.root.classList.toggle("pans", id === "pan");
  }

  show(id) {
    this.look = id;
    for (const [name, button] of Object.entries(this.views)) button.setAttribute("aria-pressed", String(name === id));
    this.draw();
  }

  resize(share) {
    this.brush = Math.min(.25, Math.max(.0025, share));
    this.size.value = String(Math.round(this.brush * 400));
    this.size.setAttribute("aria-valuetext", phrase("brushSize", { share: Number((this.brush * 100).toFixed(1)) }));
    this.stage.drawCursor();
  }

  showZoom(zoom) {
    if (this.zoomWords) setText(this.zoomWords, `${Math.round(zoom * 100)} %`);
  }

  /* What is not kept is covered: by a chequered ground, by a tint, or by nothing. */
  draw() {
    if (!this.mask) return;
    const { view } = this.stage, context = view.getContext("2d");
    context.globalCompositeOperation = "source-over";
    context.clearRect(0, 0, view.width, view.height);
    if (this.look === "photo") return this.drawStroke(context);
    context.fillStyle = { tint: "rgb(220 0 90 / 55%)", mask: "#000" }[this.look] || this.chequer(context);
    context.fillRect(0, 0, view.width, view.height);
    if (this.look === "mask") context.drawImage(this.shown(), 0, 0);
    else {
      context.globalCompositeOperation = "destination-out";
      context.drawImage(this.shown(), 0, 0);
      context.globalCompositeOperation = "source-over";
    }
    this.drawStroke(context);
  }

  /* The mask with the soft edge that it will have. */
  shown() {
    if (this.look === "before") return this.first.canvas;
    if (!this.soft) return this.mask.canvas;
    // Softened once for each change of the mask: a pointer that moves draws sixty times a second.
    if (this.softened?.of !== this.mask || this.softened.changes !== this.mask.changes || this.softened.by !== this.soft) {
      const soft = new Mask(this.mask.width, this.mask.height);
      soft.write(soften(this.mask.read(), soft.width, soft.height, this.soft));
      this.softened = { of: this.mask, changes: this.mask.changes, by: this.soft, canvas: soft.canvas };
    }
    return this.softened.canvas;
  }

  chequer(context) {
    const { width, height } = context.canvas;
    if (this.ground?.width === width && this.ground.height === height) return this.ground.pattern;
    const side = Math.max(6, Math.round(Math.max(width, height) / 64));
    const tile = Object.assign(document.createElement("canvas"), { width: 2 * side, height: 2 * side });
    const paint = tile.getContext("2d");
    for (const [x, y, colour] of [[0, 0, "#fff"], [side, side, "#fff"], [side, 0, "#c8cdcc"], [0, side, "#c8cdcc"]]) {
      paint.fillStyle = colour;
      paint.fillRect(x, y, side, side);
    }
    this.ground = { width, height, pattern: context.createPattern(tile, "repeat") };
    return this.ground.pattern;
  }

  drawStroke(context) {
    if (!this.points || !(this.tool in SMART)) return;
    const line = (this.line ??= new Mask(context.canvas.width, context.canvas.height));
    line.context.clearRect(0, 0, line.width, line.height);
    line.brush(this.points, this.brush, true);
    line.context.globalCompositeOperation = "source-in";
    line.context.fillStyle = SMART[this.tool] ? "#0f9d8f" : "#d92d20";
    line.context.fillRect(0, 0, line.width, line.height);
    context.globalAlpha = .6;
    context.drawImage(line.canvas, 0, 0);
    context.globalAlpha = 1;
  }

  begin(point) {
    if (this.look === "before") this.show("cut");
    if (this.waiting) return this.tell(phrase("busy"));
    this.points = [point];
    if (this.tool in PLAIN) this.mask.brush(this.points, this.brush, PLAIN[this.tool]);
    if (this.tool === "box") this.stage.drawBox(point, point);
    this.draw();
  }

  extend(point) {
    if (!this.points || this.waiting) return;
    this.points.push(point);
    if (this.tool in PLAIN) this.mask.brush(this.points.slice(-2), this.brush, PLAIN[this.tool]);
    if (this.tool === "box") this.stage.drawBox(this.points[0], point);
    this.draw();
  }

  cancel() {
    this.points = null;
    this.stage.drawBox(null);
    if (this.history) this.mask.write(this.history.now);
    this.draw();
  }

  end() {
    const { points } = this;
    if (!points || this.waiting) return;
    if (this.tool in SMART) return this.ask("strokes", { [this.tool]: [{ points: thin(points), width: this.brush }] }, phrase("finding"));
    this.points = null;
    if (this.tool === "box") return this.askWithin(points[0], points.at(-1));
    if (this.tool === "piece" && !this.mask.keepPiece(points.at(-1))) return this.tell(phrase("noPiece"));
    if (this.tool === "hole" && !this.mask.fillHole(points.at(-1))) return this.tell(phrase("noHole"));
    this.note();
  }

  askWithin(start, end) {
    this.stage.drawBox(null);
    const [left, top] = [0, 1].map((side) => Math.min(start[side], end[side]));
    const [width, height] = [0, 1].map((side) => Math.abs(start[side] - end[side]));
    if (width < .02 || height < .02) return this.tell(phrase("larger"));
    this.ask("within", { rectangle: [left, top, width, height] }, phrase("lookingThere"));
  }

  startOver() {
    if (!this.waiting) this.ask("anew", {}, phrase("looking"));
  }

  async ask(kind, wish, words) {
    const n = ++this.count;
    this.wait(words);
    const mask = kind === "strokes" ? await this.mask.encode() : null;
    this.send({ run: this.run, id: this.id, ask: { n, kind, mask, keep: [], remove: [], rectangle: null, ...wish } });
  }

  async take(answer) {
    this.mask.draw(await loadImage(`data:image/png;base64,${answer}`));
    const before = this.history.now;
    this.note();
    const now = this.history.now;
    this.tell(now.every((value, at) => Math.abs(value - before[at]) < 8) ? phrase("nothingChanged") : phrase("done"));
  }

  /* A step is done: it can be undone, and outlives a reload. */
  async note() {
    this.history.push(this.mask.read());
    this.draw();
    this.showSteps();
    this.memory.write(await this.mask.encode());
  }

  async step(by) {
    if (this.waiting) return;
    this.mask.write(this.history.step(by));
    this.draw();
    this.showSteps();
    this.memory.write(this.history.canUndo ? await this.mask.encode() : null);
    this.tell(phrase(by < 0 ? "takenBack" : "doneAgain"));
  }

  stopWaiting() {
    this.points = null;
    this.saving = 0;
    super.stopWaiting();
    this.draw();
  }

  async save() {
    if (this.waiting) return;
    this.wait(phrase("saving"));
    this.saving = ++this.count;
    this.send({ run: this.run, id: this.id, save: { n: this.saving, mask: await this.mask.encode(this.soft) } });
  }

  key(event) {
    const pressed = event.key.toLowerCase(), control = event.ctrlKey || event.metaKey;
    const inField = event.target.matches?.("input") || event.composedPath()[0].matches?.("input");
    const onButton = event.composedPath()[0].matches?.("button");
    const arrows = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] };
    if (control && pressed === "z") this.step(event.shiftKey ? 1 : -1);
    else if (control && pressed === "y") this.step(1);
    else if (control || event.altKey) return;
    else if (pressed in arrows && !inField) this.stage.moveBy(...arrows[pressed].map((one) => one * (event.shiftKey ? 5 : 1)));
    else if (pressed === " " && !onButton && !inField) this.stage.togglePen();
    else if (pressed === "enter" && !onButton) this.save();
    else if (pressed === "[") this.resize(this.brush / 1.25);
    else if (pressed === "]") this.resize(this.brush * 1.25);
    else if (pressed === "+" || pressed === "=") this.stage.zoomBy(1);
    else if (pressed === "-") this.stage.zoomBy(-1);
    else if (pressed === "0") this.stage.reset();
    else if (pressed === "v") this.show(VIEWS[(VIEWS.indexOf(this.look) + 1) % VIEWS.length]);
    else {
      const tool = TOOLS.find((one) => one.key.toLowerCase() === pressed);
      if (!tool) return;
      this.choose(tool.id);
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

/* A stroke of a thousand points says no more than one of two hundred. */
function thin(points) {
  const every = Math.ceil(points.length / 200);
  return points.filter((_, index) => index % every === 0 || index === points.length - 1);
}

export default function ({ data, parentElement, setStateValue }) {
  const dialog = parentElement.querySelector(".editor");
  learnWords(dialog, data);
  writeWords(dialog);
  dialog.editor ??= new Editor(dialog, (outbox) => dialog.tellPython(outbox));
  dialog.tellPython = (outbox) => setStateValue("outbox", outbox);
  dialog.editor.update(data);
}
