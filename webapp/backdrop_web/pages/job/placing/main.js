/* Placing a product by hand. Python tells `data`: { id, image, name, width, height, background, ground, product, box, rim, before,
scales, moves, run, refused, refusal, saved }; this tells `outbox`: { run, id, save?: { n, across, down, scale, turn }, close?: { n } }. */
const listKeys = () => [
  [phrase("arrows"), phrase("keyMove")], ["+ \u2212", phrase("keyScale")], ["[ ]", phrase("keyTurn")], ["0", phrase("keyStill")],
  [`${phrase("ctrl")} Z, ${phrase("ctrl")} ${phrase("shift")} Z`, phrase("keySteps")], [phrase("enter"), phrase("keySave")],
];
const FIELDS = [
  { name: "across", unit: "%", by: 100, step: .1 },
  { name: "down", unit: "%", by: 100, step: .1 },
  { name: "scale", unit: "%", by: 100, step: 1 },
  { name: "turn", unit: "\u00b0", by: 1, step: .5 },
];
const STILL = { across: 0, down: 0, scale: 1, turn: 0 };
const MOVE = .005, SCALE = 1.02, TURN = 1, FURTHER = 10;

class Placing extends Conversing {
  constructor(dialog, send) {
    super(dialog, send);
    this.stand = new Stand(dialog.querySelector(".stage"), { change: (place) => this.change(place), done: () => this.note() });
    this.build();
    this.listen(listKeys());
  }

  get root() {
    return this.stand.root;
  }

  build() {
    const name = (selector, words) => this.dialog.querySelector(selector).setAttribute("aria-label", words);
    this.dialog.setAttribute("aria-label", phrase("view"));
    for (const [selector, words] of [[".tools", "place"], [".stage", "stage"], [".knob", "knob"]]) name(selector, phrase(words));
    for (const part of ["help", "close"]) setText(this.dialog.querySelector(`.${part}`), phrase(part === "help" ? "keys" : "close"));
    const button = (words, onclick, extra = {}) => make("button", { type: "button", class: "button", onclick, ...extra }, words);
    this.fields = Object.fromEntries(FIELDS.map((field) => {
      const input = make("input", { type: "number", step: String(field.step), inputmode: "decimal", "aria-label": phrase(`${field.name}Field`) });
      input.addEventListener("input", () => this.type(field, input));
      for (const name of ["change", "blur"]) input.addEventListener(name, () => this.typed());
      return [field.name, input];
    }));
    this.undo = button(phrase("undo"), () => this.step(-1), { "aria-keyshortcuts": "Control+Z" });
    this.redo = button(phrase("redo"), () => this.step(1), { "aria-keyshortcuts": "Control+Shift+Z" });
    const act = (change) => { this.change({ ...this.place, ...change(this.place) }); this.note(); };
    this.dialog.querySelector(".tools").replaceChildren(
      ...FIELDS.map((field) => make("label", { class: "field" }, make("span", {}, phrase(field.name)), this.fields[field.name], make("span", {}, field.unit))),
      make("div", { class: "group", role: "group", "aria-label": phrase("scale") },
        button("\u2212", () => act(({ scale }) => ({ scale: scale / 1.1 })), { "aria-label": phrase("smaller") }),
        button("+", () => act(({ scale }) => ({ scale: scale * 1.1 })), { "aria-label": phrase("larger") })),
      make("div", { class: "group", role: "group", "aria-label": phrase("turn") },
        button("\u21ba", () => act(({ turn }) => ({ turn: turn - 5 })), { "aria-label": phrase("turnLeft") }),
        button("\u21bb", () => act(({ turn }) => ({ turn: turn + 5 })), { "aria-label": phrase("turnRight") })),
      make("div", { class: "group" }, this.undo, this.redo),
      make("div", { class: "group" }, button(phrase("still"), () => act(() => STILL), { "aria-keyshortcuts": "0" })),
    );
    this.saveButton = button(phrase("save"), () => this.save(), { class: "button primary", "aria-keyshortcuts": "Enter" });
    this.dialog.querySelector("footer").replaceChildren(this.saveButton);
    this.locked = [this.saveButton];
  }

  open(data) {
    this.id = data.id;
    this.data = data;
    this.memory = new Memory(`place.${data.image}`);
    this.heard = data.run === this.run ? data.refused : 0;
    this.stopWaiting();
    setText(this.dialog.querySelector("h2"), phrase("title", { name: data.name }));
    if (!this.dialog.open) this.dialog.showModal();
    this.stand.open(data);
    this.before = this.held(data.before);
    this.history = new History(this.before);
    this.show(this.before);
    const left = this.remembered();
    if (left) {
      this.show(this.held(left));
      this.history.push(this.place);
      this.tell(phrase("left"));
    } else {
      this.tell(phrase("drag"));
    }
    this.showSteps();
    this.stand.root.focus();
  }

  remembered() {
    try {
      const place = JSON.parse(this.memory.read() || "null");
      return place && FIELDS.every(({ name }) => Number.isFinite(place[name])) ? place : null;
    } catch {
      return null;
    }
  }

  /* A place that the service takes: the middle of the product stays in the image. */
  held(place) {
    const limit = (value, least, most) => Math.min(most, Math.max(least, value));
    const [left, top, width, height] = this.data.box, [least, most] = this.data.moves;
    const inside = (value, middle) => limit(value, Math.max(least, -middle), Math.min(most, 1 - middle));
    const turn = ((((place.turn + 180) % 360) + 360) % 360) - 180;
    const round = (value, digits) => Number(value.toFixed(digits));
    return {
      across: round(inside(place.across, left + width / 2), 5), down: round(inside(place.down, top + height / 2), 5),
      scale: round(limit(place.scale, ...this.data.scales), 4), turn: round(turn, 2),
    };
  }

  change(place) {
    if (!this.waiting) this.show(this.held(place));
  }

  show(place) {
    this.place = place;
    this.stand.show(place);
    for (const { name, by } of FIELDS) {
      const input = this.fields[name];
      if (input === this.typing) continue;
      const value = String(Number((place[name] * by).toFixed(2)));
      if (input.value !== value) input.value = value;
    }
  }

  /* The product follows what is typed; the field is left alone until it is done. */
  type({ name, by }, input) {
    const value = Number(input.value);
    if (this.waiting || input.value.trim() === "" || !Number.isFinite(value)) return;
    this.typing = input;
    this.show(this.held({ ...this.place, [name]: value / by }));
    this.keep();
  }

  typed() {
    this.typing = null;
    if (!this.place) return;
    // What was typed beyond the limits shows as what it became.
    this.show(this.place);
    this.note();
  }

  /* A step is done: it can be undone, and outlives a reload. */
  note() {
    if (same(this.place, this.history.now)) return;
    this.history.push(this.place);
    this.keep();
    this.tell(describe(this.place));
  }

  step(by) {
    if (this.waiting) return;
    this.show(this.history.step(by));
    this.keep();
    this.tell(phrase(by < 0 ? "takenBack" : "doneAgain", { place: describe(this.place) }));
  }

  keep() {
    this.memory.write(same(this.place, this.before) ? null : JSON.stringify(this.place));
    this.showSteps();
  }

  save() {
    if (this.waiting) return;
    if (same(this.place, this.before)) return this.tell(phrase("unchanged"));
    this.saving = ++this.count;
    this.wait(phrase("starting"));
    this.send({ run: this.run, id: this.id, save: { n: this.saving, ...this.place } });
  }

  saved() {
    this.memory.write(null);
    this.stopWaiting();
    this.dialog.close();
  }

  key(event) {
    // The page's own dialog, behind this one, would keep the focus where it is.
    if (event.key === "Tab") return event.stopPropagation();
    const pressed = event.key.toLowerCase(), control = event.ctrlKey || event.metaKey, target = event.composedPath()[0];
    if (target.matches?.("input") && !(control && pressed === "z")) {
      if (pressed === "escape") target.blur();
      return;
    }
    const arrows = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] };
    const { place } = this, further = event.shiftKey ? FURTHER : 1;
    let change = null;
    if (control && pressed === "z") this.step(event.shiftKey ? 1 : -1);
    else if (control && pressed === "y") this.step(1);
    else if (control) return;
    else if (pressed in arrows) {
      const [x, y] = arrows[pressed], steps = event.altKey ? [1 / this.data.width, 1 / this.data.height] : [MOVE * further, MOVE * further];
      change = { across: place.across + x * steps[0], down: place.down + y * steps[1] };
    } else if (pressed === "+" || pressed === "=") change = { scale: place.scale * SCALE };
    else if (pressed === "-" || pressed === "_") change = { scale: place.scale / SCALE };
    else if (pressed === "[" || pressed === "{") change = { turn: place.turn - TURN * further };
    else if (pressed === "]" || pressed === "}") change = { turn: place.turn + TURN * further };
    else if (pressed === "0") change = STILL;
    else if (pressed === "enter" && !target.matches?.("button")) this.save();
    else return;
    if (change) {
      this.change({ ...place, ...change });
      this.note();
    }
    event.preventDefault();
    event.stopPropagation();
  }
}

function same(one, other) {
  return FIELDS.every(({ name }) => one[name] === other[name]);
}

/* A place in words, for who does not see it. */
function describe({ across, down, scale, turn }) {
  const exact = (value, digits) => formatNumber(Math.abs(value), { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return [
    across && phrase(across > 0 ? "toRight" : "toLeft", { share: exact(across * 100, 1) }),
    down && phrase(down > 0 ? "toDown" : "toUp", { share: exact(down * 100, 1) }),
    scale !== 1 && phrase("sized", { share: exact(scale * 100, 0) }),
    turn && phrase(turn > 0 ? "turnedRight" : "turnedLeft", { degrees: exact(turn, 1) }),
  ].filter(Boolean).join(", ") || phrase("still");
}

export default function ({ data, parentElement, setStateValue }) {
  const dialog = parentElement.querySelector(".placing");
  learnWords(dialog, data);
  dialog.placing ??= new Placing(dialog, (outbox) => dialog.tellPython(outbox));
  dialog.tellPython = (outbox) => setStateValue("outbox", outbox);
  dialog.placing.update(data);
}
