/* Nearer: one zoom and place for all pictures in a frame, so that before and after, and variations, show the same
spot. 1 fits the frame; `real` shows each of the finished image's pixels as one of the screen's. */
const MOST_ZOOM = 16, ZOOM_STEP = 1.25, PAN_STEP = .1, WHEEL_PIXELS = 400, PIXELATED_FROM = 2;

/* Between what fits and far beyond the real pixels. */
function limitZoom(zoom, real) {
  return Math.min(Math.max(MOST_ZOOM, real * 4), Math.max(1, zoom));
}

/* The shift, in shares of the frame from its middle, at which nothing but the picture is seen. */
function limitShift(shift, zoom) {
  const most = (zoom - 1) / 2;
  return Math.min(most, Math.max(-most, shift));
}

/* The shift with which what is at a place (in shares of the frame from its middle) stays there. */
function keepPlace(place, shift, zoom, next) {
  return limitShift(place - (place - shift) * next / zoom, next);
}

class Zoom {
  /* `divide`: moves the divider, which is drawn over the pictures, to a share of the frame's width. */
  constructor(frame, { zoomed, divide }) {
    this.frame = frame;
    this.divide = divide;
    this.zoomed = zoomed;
    this.pointers = new Map();
    this.picture = [1, 1];
    this.reset();
    frame.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    frame.addEventListener("pointerdown", (event) => this.down(event));
    frame.addEventListener("pointermove", (event) => this.moved(event));
    for (const name of ["pointerup", "pointercancel"]) {
      frame.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    }
    new ResizeObserver(() => this.turn(this.zoom, this.shift)).observe(frame);
  }

  /* Where the pictures lie: the finished image's frame, in the window's pixels. */
  get box() {
    return this.target ? this.target().getBoundingClientRect() : this.frame.getBoundingClientRect();
  }

  /* The zoom at which a pixel of the finished image is one of the screen. */
  get real() {
    const wide = this.box.width * (window.devicePixelRatio || 1);
    return wide && this.picture[0] ? this.picture[0] / wide : 1;
  }

  reset() {
    this.turn(1, [0, 0]);
  }

  turn(zoom, shift) {
    this.zoom = limitZoom(zoom, this.picture ? this.real : 1);
    this.shift = shift.map((one) => limitShift(one, this.zoom));
    const style = this.frame.style;
    style.setProperty("--zoom", this.zoom);
    style.setProperty("--zoom-x", `${this.shift[0] * 100}%`);
    style.setProperty("--zoom-y", `${this.shift[1] * 100}%`);
    this.frame.classList.toggle("zoomed", this.zoom > 1);
    this.frame.classList.toggle("pixels", this.zoom >= this.real * PIXELATED_FROM);
    this.zoomed(this.zoom, Math.round(100 * this.zoom / this.real));
  }

  /* Zooms so that what is at a place of the window stays there; without one, the middle. */
  zoomTo(zoom, at) {
    const next = limitZoom(zoom, this.real);
    const place = at ? this.placeOf(at) : [0, 0];
    this.turn(next, place.map((one, side) => keepPlace(one, this.shift[side], this.zoom, next)));
  }

  zoomBy(steps) {
    this.zoomTo(this.zoom * ZOOM_STEP ** steps);
  }

  showReal() {
    this.zoomTo(Math.max(1, this.real));
  }

  /* By shares of what is seen. */
  pan(x, y) {
    this.turn(this.zoom, [this.shift[0] - x * PAN_STEP, this.shift[1] - y * PAN_STEP]);
  }

  placeOf({ clientX, clientY }) {
    const box = this.box;
    return [(clientX - box.left) / box.width - .5, (clientY - box.top) / box.height - .5];
  }

  wheel(event) {
    if (event.ctrlKey && this.zoom === 1 && event.deltaY > 0) return;
    event.preventDefault();
    this.zoomTo(this.zoom * Math.exp(-event.deltaY / WHEEL_PIXELS), event);
  }

  down(event) {
    if (event.button > 1) return;
    this.pointers.set(event.pointerId, event);
    this.divides = this.zoom > 1 && event.target.matches?.(".slider-divider");
    if (this.zoom > 1 && !event.target.closest?.("button")) this.frame.setPointerCapture(event.pointerId);
  }

  moved(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    this.pointers.set(event.pointerId, event);
    const box = this.box;
    const by = [(event.clientX - before.clientX) / box.width, (event.clientY - before.clientY) / box.height];
    if (this.pointers.size === 2) {
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)[1];
      const far = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
      this.zoomTo(this.zoom * far(event) / Math.max(1, far(before)), {
        clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2,
      });
      this.turn(this.zoom, this.shift.map((one, side) => one + by[side] / 2));
    } else if (this.divides) {
      this.divide(this.placeOf(event)[0] + .5);
    } else if (this.zoom > 1) {
      this.turn(this.zoom, this.shift.map((one, side) => one + by[side]));
    }
  }

  /* Whether the key was one of its own. */
  key(event) {
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (arrows && event.shiftKey && this.zoom > 1) this.pan(...arrows);
    else if (event.key === "+" || event.key === "=") this.zoomBy(1);
    else if (event.key === "-" || event.key === "_") this.zoomBy(-1);
    else if (event.key === "0") this.reset();
    else if (event.key === "1") this.showReal();
    else return false;
    return true;
  }
}
