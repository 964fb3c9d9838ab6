/* The finished image with its product, which pointers, fingers and the wheel move, scale and turn. Places are what the
service takes: { across, down, scale, turn }, shares of the image from where the job's options put the product. */
const WHEEL_PAUSE_MILLISECONDS = 350;

class Stand {
  constructor(root, handlers) {
    this.root = root;
    this.handlers = handlers;
    this.sheet = root.querySelector(".sheet");
    this.ground = root.querySelector(".ground");
    this.product = root.querySelector(".product");
    this.frame = root.querySelector(".frame");
    this.knob = root.querySelector(".knob");
    this.pointers = new Map();
    root.addEventListener("pointerdown", (event) => this.down(event));
    root.addEventListener("pointermove", (event) => this.moved(event));
    for (const name of ["pointerup", "pointercancel"]) root.addEventListener(name, (event) => this.up(event));
    root.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    new ResizeObserver(() => this.fit()).observe(root);
  }

  open(data) {
    this.data = data;
    this.ground.hidden = !data.ground;
    if (data.ground) this.ground.src = `data:image/jpeg;base64,${data.ground}`;
    this.product.src = `data:image/webp;base64,${data.product}`;
    this.sheet.classList.toggle("chequered", data.background === "transparent");
    this.sheet.style.setProperty("--behind", data.background.startsWith("#") ? data.background : "transparent");
    this.fit();
  }

  /* The sheet fills the stage. */
  fit() {
    const { clientWidth, clientHeight } = this.root;
    if (!clientWidth || !this.data) return;
    const by = Math.min(clientWidth / this.data.width, clientHeight / this.data.height);
    this.sheet.style.width = `${this.data.width * by}px`;
    this.sheet.style.height = `${this.data.height * by}px`;
  }

  show(place) {
    this.place = place;
    const [left, top, width, height] = this.data.box, wide = 1 + 2 * this.data.rim;
    const at = { left: left + width / 2 + place.across, top: top + height / 2 + place.down };
    for (const [element, around] of [[this.product, wide], [this.frame, 1]]) {
      Object.assign(element.style, {
        left: `${at.left * 100}%`, top: `${at.top * 100}%`,
        width: `${width * around * place.scale * 100}%`, height: `${height * around * place.scale * 100}%`,
        transform: `translate(-50%, -50%) rotate(${place.turn}deg)`,
      });
    }
  }

  /* Where the product's middle is in the window. */
  middle() {
    const frame = this.sheet.getBoundingClientRect(), [left, top, width, height] = this.data.box;
    return [
      frame.left + (left + width / 2 + this.place.across) * frame.width,
      frame.top + (top + height / 2 + this.place.down) * frame.height,
    ];
  }

  angle(event) {
    const [x, y] = this.middle();
    return (Math.atan2(event.clientY - y, event.clientX - x) * 180) / Math.PI;
  }

  down(event) {
    if (event.button > 0) return;
    this.root.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, event);
    this.turning = event.composedPath()[0] === this.knob;
    this.root.classList.add("held");
  }

  moved(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before) return;
    this.pointers.set(event.pointerId, event);
    const { place } = this, frame = this.sheet.getBoundingClientRect();
    if (this.turning) return this.handlers.change({ ...place, turn: place.turn + this.angle(event) - this.angle(before) });
    const fingers = this.pointers.size, change = {
      across: place.across + (event.clientX - before.clientX) / frame.width / fingers,
      down: place.down + (event.clientY - before.clientY) / frame.height / fingers,
    };
    if (fingers === 2) {
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)[1];
      const line = (one) => [one.clientX - other.clientX, one.clientY - other.clientY];
      const [now, then] = [line(event), line(before)];
      change.scale = place.scale * (Math.hypot(...now) / Math.max(1, Math.hypot(...then)));
      change.turn = place.turn + ((Math.atan2(now[1], now[0]) - Math.atan2(then[1], then[0])) * 180) / Math.PI;
    }
    this.handlers.change({ ...place, ...change });
  }

  up(event) {
    if (!this.pointers.delete(event.pointerId) || this.pointers.size) return;
    this.root.classList.remove("held");
    this.turning = false;
    this.handlers.done();
  }

  wheel(event) {
    event.preventDefault();
    const change = event.shiftKey ? { turn: this.place.turn + Math.sign(event.deltaY || event.deltaX) } : { scale: this.place.scale * Math.exp(-event.deltaY / 900) };
    this.handlers.change({ ...this.place, ...change });
    // Many small turns of the wheel are one step.
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.handlers.done(), WHEEL_PAUSE_MILLISECONDS);
  }
}
