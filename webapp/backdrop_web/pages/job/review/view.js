/* One image at a time, over the whole window: look, decide, go on. */
class View {
  constructor(dialog, handlers) {
    this.dialog = dialog;
    this.handlers = handlers;
    this.slider = makeSlider();
    this.title = make("h2", { tabindex: "-1" });
    this.place = make("span", { class: "place" });
    this.saving = make("span", { class: "saving" });
    this.panel = make("div", { class: "panel", tabindex: "0", role: "region", "aria-label": phrase("about") });
    const button = (words, key, kind, onclick) =>
      make("button", { type: "button", class: `button ${kind}`, onclick, "aria-keyshortcuts": key },
        make("span", {}, words), make("kbd", { "aria-hidden": "true" }, key.replace("ArrowLeft", "\u2190").replace("ArrowRight", "\u2192")));
    this.buttons = {
      back: button(phrase("back"), "ArrowLeft", "back", () => handlers.move(-1)),
      reject: button(phrase("reject"), "R", "reject", () => handlers.judge("REJECTED")),
      undo: button(phrase("undo"), "U", "undo", () => handlers.undo()),
      approve: button(phrase("approve"), "A", "approve", () => handlers.judge("APPROVED")),
      next: button(phrase("next"), "ArrowRight", "next", () => handlers.move(1)),
    };
    this.stage = make("div", { class: "stage" }, make("div", { class: "slider-place" }, this.slider.root));
    this.scale = make("span", { class: "scale" });
    const tool = (words, sign, onclick) => make("button", { type: "button", class: "button tool", title: words, "aria-label": words, onclick }, sign);
    this.zoom = new Zoom(this.stage, { 
      zoomed: (zoom, share) => setText(this.scale, zoom > 1 ? phrase("share", { share }) : phrase("fits")),
      divide: (share) => {
        this.slider.range.value = String(Math.round(100 * share));
        this.slider.range.dispatchEvent(new Event("input"));
      },
    });
    this.zoom.target = () => this.slider.root;
    this.stage.append(make("div", { class: "tools" },
      tool(phrase("farther"), "\u2212", () => this.zoom.zoomBy(-1)), this.scale, tool(phrase("nearer"), "+", () => this.zoom.zoomBy(1)),
      tool(phrase("realPixels"), "1:1", () => this.zoom.showReal()), tool(phrase("allOfIt"), phrase("fit"), () => this.zoom.reset())));
    this.compared = make("div", { class: "compared", hidden: true });
    this.stage.append(this.compared);
    this.shortcuts = makeShortcuts();
    dialog.replaceChildren(
      make("header", {}, this.title, this.saving, this.place,
        make("button", { type: "button", class: "button help", "aria-keyshortcuts": "?", title: phrase("keys"), "aria-label": phrase("keys"), onclick: () => this.toggleShortcuts() }, "?"),
        make("button", { type: "button", class: "button close", onclick: () => this.close() }, phrase("close"))),
      make("div", { class: "body" }, this.stage, this.panel),
      make("footer", {}, ...Object.values(this.buttons)),
      this.shortcuts,
    );
    dialog.setAttribute("aria-label", phrase("reviewView"));
    dialog.addEventListener("keydown", (event) => this.key(event));
    // The dialog is closed a moment before its event comes: news in between must not open it again.
    dialog.addEventListener("cancel", () => handlers.closing());
    dialog.addEventListener("close", () => handlers.closed());
  }

  get open() {
    return this.dialog.open;
  }

  show(record, verdict, { number, total, canUndo, saving, turning, readOnly, siblings, said, tries }) {
    const fresh = this.shownId !== record.id;
    setText(this.title, record.variation ? phrase("nameVariation", { name: record.name, variation: record.variation }) : record.name);
    setText(this.saving, saving ? phrase("saving", { count: saving }) : "");
    this.dialog.classList.toggle("turning", turning);
    setText(this.place, phrase("placeOf", { number, total }));
    const look = JSON.stringify([record, said, siblings, tries]);
    if (look !== this.look) {
      // What had the keyboard is gone with the old panel: keys must not fall beside the dialog.
      const focused = this.panel.contains(this.panel.getRootNode().activeElement);
      fillPanel(this.panel, record, said, siblings, tries, this.handlers, readOnly);
      if (focused) this.panel.focus();
    }
    const pictures = JSON.stringify([record.id, record.before, record.after, record.marks]);
    if (pictures !== this.pictures) this.slider.show(record);
    // The same spot is looked at in all that was made of a photo; the next photo is seen as a whole first.
    if (this.photo !== record.photo) this.zoom.reset();
    this.zoom.picture = [record.width || 1, record.height || 1];
    // Beside each other for as long as variations of one photo are looked at.
    if (this.photo !== record.photo) this.compares = false;
    this.photo = record.photo;
    this.canCompare = siblings.length > 1;
    this.fillCompared(record, siblings, readOnly);
    if (fresh) this.panel.scrollTop = 0;
    Object.assign(this, { look, pictures, shownId: record.id });
    for (const name of ["reject", "undo", "approve"]) this.buttons[name].hidden = readOnly;
    this.buttons.approve.disabled = this.buttons.reject.disabled = record.state !== "done";
    this.buttons.approve.setAttribute("aria-pressed", String(verdict === "APPROVED"));
    this.buttons.reject.setAttribute("aria-pressed", String(verdict === "REJECTED"));
    this.buttons.undo.disabled = !canUndo;
    this.buttons.back.disabled = number <= 1;
    this.buttons.next.disabled = number >= total;
    if (!this.dialog.open) {
      this.dialog.showModal();
      this.title.focus();
    }
  }

  /* All variations of the photo beside each other, each at the same spot. */
  toggleCompared() {
    this.compares = this.canCompare && !this.compares;
    this.handlers.changed();
  }

  fillCompared(record, siblings, readOnly) {
    this.compared.hidden = !this.compares;
    this.stage.classList.toggle("compares", Boolean(this.compares));
    const look = this.compares ? JSON.stringify([record.id, siblings]) : "";
    if (look === this.comparedLook) return;
    this.comparedLook = look;
    this.compared.replaceChildren(...(this.compares ? siblings : []).map((one) => {
      const { words, sign } = nameState(findState(one, one.verdict));
      return make("figure", { "data-state": findState(one, one.verdict), "aria-current": String(one.id === record.id) },
        make("div", { class: "frame" }, make("img", { src: one.after || one.before, alt: phrase("variation", { variation: one.variation }), draggable: "false" })),
        make("figcaption", {}, make("span", {}, `${formatNumber(one.number)} ${sign} ${words}`),
          one.state === "done" && !readOnly && make("button", {
            type: "button", class: "button", onclick: () => this.handlers.only(one.id), title: phrase("onlyThisTold"),
          }, phrase("chooseThis"))));
    }));
    this.zoom.target = () => this.compares && this.compared.querySelector(".frame") || this.slider.root;
    this.zoom.turn(this.zoom.zoom, this.zoom.shift);
  }

  toggleShortcuts() {
    this.shortcuts.hidden = !this.shortcuts.hidden;
  }

  close() {
    this.handlers.closing();
    this.dialog.close();
  }

  key(event) {
    if (event.composedPath()[0].matches?.("input[type=text]")) return;
    if (!event.altKey && !event.ctrlKey && !event.metaKey) {
      const onDivider = event.composedPath()[0] === this.slider.range;
      if (event.key.toLowerCase() === "v" && this.canCompare) {
        this.toggleCompared();
        event.preventDefault();
        event.stopPropagation();
        return;
      }
      const mine = event.key === "?" ? (this.toggleShortcuts(), true) : !(onDivider && event.shiftKey) && this.zoom.key(event);
      if (mine) {
        event.preventDefault();
        event.stopPropagation();
        return;
      }
    }
    if (event.altKey || event.shiftKey || event.composedPath()[0].matches?.("input[type=text]")) return;
    const undoes = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z";
    if ((event.ctrlKey || event.metaKey) && !undoes) return;
    // On the divider the arrows move the divider.
    const onDivider = event.composedPath()[0] === this.slider.range;
    if (undoes) this.handlers.undo();
    else if (event.key === "ArrowLeft" && !onDivider) this.handlers.move(-1);
    else if (event.key === "ArrowRight" && !onDivider) this.handlers.move(1);
    else if (!this.handlers.judgeKey(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }
}
