/* The browser's half of a view that talks with Python (conversation.py): a dialog in which steps go back and forth, and that waits for one
answer at a time. A view that extends it has `root` (what gets the keyboard), `locked` (buttons that wait, too), `history`, `memory`,
`undo`, `redo`, `open(data)`, `key(event)`. */
const WAIT_MILLISECONDS = 40_000;

class Conversing {
  constructor(dialog, send) {
    this.dialog = dialog;
    this.send = send;
    this.run = crypto.randomUUID();
    this.count = 0;
    this.heard = 0;
    this.say = dialog.querySelector(".say");
  }

  /* Once the view is built. `keys`: [[key, words], ...], shown on request. */
  listen(keys) {
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("cancel", (event) => { event.preventDefault(); this.close(); });
    this.dialog.querySelector(".close").addEventListener("click", () => this.close());
    const help = this.dialog.querySelector(".help"), list = this.dialog.querySelector(".keys");
    list.replaceChildren(...keys.flatMap(([key, words]) => [make("dt", {}, make("kbd", {}, key)), make("dd", {}, words)]));
    help.addEventListener("click", () => {
      list.hidden = !list.hidden;
      help.setAttribute("aria-expanded", String(!list.hidden));
    });
  }

  update(data) {
    this.noAnswer = data.noAnswer;
    if (this.id !== data.id) this.open(data);
    if (data.run !== this.run) return;
    if (data.saved && data.saved === this.saving) return this.saved();
    if (data.refused > this.heard) {
      this.heard = data.refused;
      this.stopWaiting();
      this.tell(data.refusal, true);
    }
  }

  showSteps() {
    this.undo.disabled = Boolean(this.waiting) || !this.history?.canUndo;
    this.redo.disabled = Boolean(this.waiting) || !this.history?.canRedo;
    const focused = this.dialog.getRootNode().activeElement;
    for (const button of this.locked) button.disabled = Boolean(this.waiting);
    // A button that can't be pressed any more loses the keyboard, to nobody.
    if (focused?.disabled) this.root.focus();
  }

  wait(words) {
    this.waiting = setTimeout(() => {
      this.stopWaiting();
      this.tell(this.noAnswer, true);
    }, WAIT_MILLISECONDS);
    this.dialog.classList.add("working");
    this.tell(words);
    this.showSteps();
  }

  stopWaiting() {
    clearTimeout(this.waiting);
    this.waiting = null;
    this.dialog.classList.remove("working");
    this.showSteps();
  }

  saved() {
    this.memory.write(null);
    this.close();
  }

  close() {
    this.stopWaiting();
    this.dialog.close();
    this.send({ run: this.run, id: this.id, close: { n: ++this.count } });
  }

  tell(words, alarm = false) {
    this.say.textContent = words;
    this.say.classList.toggle("alarm", alarm);
  }
}
