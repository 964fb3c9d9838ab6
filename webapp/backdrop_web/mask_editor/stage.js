/* The photo and the mask over it: zoomed, moved, and pointed at by mouse, pen, fingers or keys. */
const MOST_ZOOM = 8, ZOOM_STEP = 1.25, CURSOR_STEP = .01;

class Stage {
  constructor(root, handlers) {
    this.root = root;
    this.handlers = handlers;
    this.sheet = root.querySelector(".sheet");
    this.photo = root.querySelector(".sheet img");
    this.view = root.querySelector("canvas");
    this.cursor = root.querySelector(".cursor");
    this.box = root.querySelector(".box");
    this.zoom = 1;
    this.shift = [0, 0];
    this.point = [.5, .5];
    this.pointers = new Map();
    root.addEventListener("pointerdown", (event) => this.down(event));
    root.addEventListener("pointermove", (event) => this.moved(event));
    for (const name of ["pointerup", "pointercancel"]) root.addEventListener(name, (event) => this.up(event));
    root.addEventListener("pointerleave", () => { if (!this.keyed) this.cursor.hidden = true; });
    root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    root.addEventListener("blur", () => this.penUp());
    new ResizeObserver(() => this.place()).observe(root);
  }

  size(width, height) {
    this.view.width = width;
    this.view.height = height;
    this.place();
  }

  /* The sheet fills the stage at zoom 1. */
  place() {
    const { clientWidth, clientHeight } = this.root;
    if (!clientWidth || !this.view.width) return;
    const fit = Math.min(clientWidth / this.view.width, clientHeight / this.view.height);
    this.sheet.style.width = `${this.view.width * fit}px`;
    this.sheet.style.height = `${this.view.height * fit}px`;
    this.turn(this.zoom, this.shift);
  }

  /* Sets zoom and shift, such that a part of the photo stays in sight. */
  turn(zoom, [x, y]) {
    this.zoom = Math.min(MOST_ZOOM, Math.max(1, zoom));
    const room = (side, own) => (own * this.zoom > side ? (own * this.zoom - side) / 2 + side / 3 : Math.max(0, side - own * this.zoom) / 2);
    const limit = (value, most) => Math.min(most, Math.max(-most, value));
    this.shift = [
      limit(x, room(this.root.clientWidth, this.sheet.offsetWidth)),
      limit(y, room(this.root.clientHeight, this.sheet.offsetHeight)),
    ];
    this.sheet.style.transform = `translate(-50%, -50%) translate(${this.shift[0]}px, ${this.shift[1]}px) scale(${this.zoom})`;
    this.drawCursor();
    this.handlers.zoomed(this.zoom);
  }

  /* Zooms so that what is at a place of the window stays there. */
  zoomAt(zoom, clientX, clientY) {
    const frame = this.root.getBoundingClientRect();
    const [x, y] = [clientX - frame.left - frame.width / 2, clientY - frame.top - frame.height / 2];
    const next = Math.min(MOST_ZOOM, Math.max(1, zoom)), by = next / this.zoom;
    this.turn(next, [x - (x - this.shift[0]) * by, y - (y - this.shift[1]) * by]);
  }

  zoomBy(steps) {
    this.turn(this.zoom * ZOOM_STEP ** steps, this.shift.map((one) => one * ZOOM_STEP ** steps));
  }

  reset() {
    this.turn(1, [0, 0]);
  }

  wheel(event) {
    event.preventDefault();
    if (event.shiftKey) this.turn(this.zoom, [this.shift[0] - event.deltaY, this.shift[1]]);
    else this.zoomAt(this.zoom * Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
  }

  shareOf(event) {
    const frame = this.sheet.getBoundingClientRect();
    const share = (value) => Math.min(1, Math.max(0, value));
    return [share((event.clientX - frame.left) / frame.width), share((event.clientY - frame.top) / frame.height)];
  }

  down(event) {
    this.root.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    this.keyed = false;
    if (this.pointers.size === 2) {
      // The second finger: what the first began was no stroke.
      this.handlers.cancel();
      this.drawing = false;
      return;
    }
    this.pans = event.button === 1 || this.handlers.pans();
    if (this.pans || event.button > 1) return;
    this.drawing = true;
    this.point = this.shareOf(event);
    this.handlers.begin(this.point);
  }

  moved(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      this.point = this.shareOf(event);
      this.cursor.hidden = event.pointerType === "touch";
      this.drawCursor();
      return;
    }
    this.pointers.set(event.pointerId, event);
    if (this.pointers.size === 2) this.pinch(event, before);
    else if (this.drawing) {
      for (const one of event.getCoalescedEvents?.().length ? event.getCoalescedEvents() : [event]) {
        this.point = this.shareOf(one);
        this.handlers.extend(this.point);
      }
      this.drawCursor();
    } else if (this.pans) {
      this.turn(this.zoom, [this.shift[0] + event.clientX - before.clientX, this.shift[1] + event.clientY - before.clientY]);
    }
  }

  pinch(event, before) {
    const other = [...this.pointers].find(([id]) => id !== event.pointerId)[1];
    const distance = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    const by = distance(event) / Math.max(1, distance(before));
    this.zoomAt(this.zoom * by, (event.clientX + other.clientX) / 2, (event.clientY + other.clientY) / 2);
    this.turn(this.zoom, [
      this.shift[0] + (event.clientX - before.clientX) / 2, this.shift[1] + (event.clientY - before.clientY) / 2,
    ]);
  }

  up(event) {
    const known = this.pointers.delete(event.pointerId);
    if (!known || !this.drawing) return;
    this.drawing = false;
    if (event.type === "pointercancel") this.handlers.cancel();
    else this.handlers.end();
  }

  /* The cursor of whoever has no pointer: moved by arrows, and a pen that is set down and lifted. */
  moveBy(x, y) {
    const step = CURSOR_STEP / Math.sqrt(this.zoom), longer = Math.max(this.view.width, this.view.height);
    const share = (value) => Math.min(1, Math.max(0, value));
    this.keyed = true;
    this.point = [share(this.point[0] + x * step * longer / this.view.width), share(this.point[1] + y * step * longer / this.view.height)];
    this.cursor.hidden = false;
    this.drawCursor();
    this.follow();
    if (this.penIsDown) this.handlers.extend(this.point);
  }

  /* Keeps the cursor in sight. */
  follow() {
    const frame = this.root.getBoundingClientRect(), cursor = this.cursor.getBoundingClientRect();
    const over = (low, high, from, to) => Math.max(0, from - low) - Math.max(0, high - to);
    this.turn(this.zoom, [
      this.shift[0] + over(cursor.left, cursor.right, frame.left, frame.right),
      this.shift[1] + over(cursor.top, cursor.bottom, frame.top, frame.bottom),
    ]);
  }

  togglePen() {
    this.keyed = true;
    this.cursor.hidden = false;
    if (this.penIsDown) return this.penUp();
    this.penIsDown = true;
    this.handlers.begin(this.point);
    this.drawCursor();
  }

  penUp() {
    if (!this.penIsDown) return;
    this.penIsDown = false;
    this.drawCursor();
    this.handlers.end();
  }

  drawCursor() {
    const width = this.handlers.width() * Math.max(this.sheet.offsetWidth, this.sheet.offsetHeight);
    Object.assign(this.cursor.style, {
      left: `${this.point[0] * 100}%`, top: `${this.point[1] * 100}%`, width: `${width}px`, height: `${width}px`,
      borderWidth: `${2 / this.zoom}px`,
    });
    this.cursor.classList.toggle("down", Boolean(this.penIsDown));
  }

  /* A rectangle between two points, or none. */
  drawBox(start, end) {
    this.box.hidden = !start;
    if (!start) return;
    const [left, top] = [0, 1].map((side) => Math.min(start[side], end[side]));
    Object.assign(this.box.style, {
      left: `${left * 100}%`, top: `${top * 100}%`, borderWidth: `${2 / this.zoom}px`,
      width: `${Math.abs(start[0] - end[0]) * 100}%`, height: `${Math.abs(start[1] - end[1]) * 100}%`,
    });
  }
}
