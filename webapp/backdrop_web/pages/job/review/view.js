/* One image at a time, over the whole window: look, decide, go on. */
class View {
  constructor(dialog, handlers) {
    this.dialog = dialog;
    this.handlers = handlers;
    this.slider = makeSlider();
    this.title = make("h2", { tabindex: "-1" });
    this.place = make("span", { class: "place" });
    this.saving = make("span", { class: "saving" });
    this.panel = make("div", { class: "panel", tabindex: "0", role: "region", "aria-label": "About this image" });
    const button = (words, key, kind, onclick) =>
      make("button", { type: "button", class: `button ${kind}`, onclick, "aria-keyshortcuts": key },
        make("span", {}, words), make("kbd", { "aria-hidden": "true" }, key.replace("ArrowLeft", "\u2190").replace("ArrowRight", "\u2192")));
    this.buttons = {
      back: button("Back", "ArrowLeft", "back", () => handlers.move(-1)),
      reject: button("Reject", "R", "reject", () => handlers.judge("REJECTED")),
      undo: button("Undo", "U", "undo", () => handlers.undo()),
      approve: button("Approve", "A", "approve", () => handlers.judge("APPROVED")),
      next: button("Next", "ArrowRight", "next", () => handlers.move(1)),
    };
    dialog.replaceChildren(
      make("header", {}, this.title, this.saving, this.place,
        make("button", { type: "button", class: "button close", onclick: () => this.close() }, "Close")),
      make("div", { class: "body" }, make("div", { class: "stage" }, make("div", { class: "slider-place" }, this.slider.root)), this.panel),
      make("footer", {}, ...Object.values(this.buttons)),
    );
    dialog.setAttribute("aria-label", "Review");
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
    setText(this.title, record.variation ? `${record.name}, variation ${record.variation}` : record.name);
    setText(this.saving, saving ? `Saving ${saving.toLocaleString()}\u2026` : "");
    this.dialog.classList.toggle("turning", turning);
    setText(this.place, `${number.toLocaleString()} of ${total.toLocaleString()}`);
    const look = JSON.stringify([record, said, siblings, tries]);
    if (look !== this.look) {
      // What had the keyboard is gone with the old panel: keys must not fall beside the dialog.
      const focused = this.panel.contains(this.panel.getRootNode().activeElement);
      fillPanel(this.panel, record, said, siblings, tries, this.handlers, readOnly);
      if (focused) this.panel.focus();
    }
    const pictures = JSON.stringify([record.id, record.before, record.after, record.marks]);
    if (pictures !== this.pictures) this.slider.show(record);
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

  close() {
    this.handlers.closing();
    this.dialog.close();
  }

  key(event) {
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
