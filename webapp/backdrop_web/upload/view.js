// What the user sees of the queue. Drawn at most once a frame, and only from what changed.

const ROWS = 60;
const BAD_ROWS = 200;
const SAY_EVERY_MILLISECONDS = 6000;

class View {
  constructor(root) {
    this.root = root;
    this.at = (selector) => root.querySelector(selector);
    this.rows = new Map();
    this.saidAt = 0;
    this.said = "";
    this.listen();
  }

  listen() {
    const { at } = this;
    const files = at("input.files");
    const folder = at("input.folder");
    at(".choose-files").onclick = () => files.click();
    at(".choose-folder").onclick = () => folder.click();
    files.onchange = () => this.add(readInput(files));
    folder.onchange = () => this.add(readInput(folder));
    const zone = at(".zone");
    zone.onkeydown = (event) => {
      if (event.target === zone && (event.key === "Enter" || event.key === " ")) {
        event.preventDefault();
        files.click();
      }
    };
    zone.onpaste = async (event) => this.add(await readTransfer(event.clipboardData));
    let depth = 0;
    const mark = (by) => zone.classList.toggle("over", (depth = Math.max(0, depth + by)) > 0);
    zone.ondragenter = (event) => (event.preventDefault(), mark(1));
    zone.ondragleave = () => mark(-1);
    zone.ondragover = (event) => {
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    };
    zone.ondrop = async (event) => {
      event.preventDefault();
      mark(-depth);
      this.add(await readTransfer(event.dataTransfer));
    };
    at(".cancel").onclick = () => {
      const { added } = this.queue;
      const count = this.queue.open.length;
      this.queue.cancel();
      this.tell(phrase("cancelled", { count: added, others: phrase("othersNot", { count }) }));
      at(".choose-files").focus();
    };
    at(".retry-all").onclick = () => this.queue.retry(...this.queue.filesIn("failed"));
    at(".clear-all").onclick = () => {
      this.queue.clearProblems();
      at(".choose-files").focus();
    };
  }

  async add(found) {
    if (!found.length) return this.tell(phrase("noFiles"));
    const count = await this.queue.add(found);
    if (!count) this.tell(phrase("noPhotos"));
  }

  follow(queue) {
    if (this.queue === queue) return;
    this.leave();
    this.queue = queue;
    this.listener = () => {
      this.frame ||= requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
    };
    queue.listeners.add(this.listener);
  }

  leave() {
    this.queue?.listeners.delete(this.listener);
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  draw() {
    const { queue, at } = this;
    if (!queue?.data) return;
    const { limits } = queue.data;
    const most = { kinds: formatKinds(limits.types), size: formatSize(limits.maxBytes), most: limits.maxPhotos };
    setText(at(".hint"), phrase("hint", most));
    this.drawProgress();
    this.drawProblems();
    this.speakTotals();
  }

  drawProgress() {
    const { queue, at } = this;
    const open = queue.open;
    at(".progress").hidden = !open.length;
    if (!open.length) {
      at(".active").replaceChildren();
      at(".active").style.minBlockSize = "";
      this.rows.clear();
      return;
    }
    const total = queue.added + queue.known + open.length;
    const bytes = queue.doneBytes + open.reduce((sum, entry) => sum + entry.size, 0);
    const sent = queue.doneBytes + open.reduce((sum, entry) => sum + entry.sent, 0);
    at(".count").textContent = phrase("countAdded", { done: queue.added + queue.known, count: total });
    at(".detail").textContent = [phrase("bytesSent", { sent: formatSize(sent), total: formatSize(bytes) }), this.timeLeft(sent, bytes)]
      .filter(Boolean)
      .join(" · ");
    // Checking follows sending: a bar that stands at 100 % while photos are checked would lie.
    const share = bytes ? Math.floor((90 * sent) / bytes + (10 * (total - open.length)) / total) : 0;
    const bar = at(".bar.total");
    bar.setAttribute("aria-valuenow", share);
    bar.setAttribute("aria-valuetext", `${at(".count").textContent}, ${at(".detail").textContent}`);
    bar.firstElementChild.style.inlineSize = `${share}%`;
    const trouble = at(".trouble");
    trouble.hidden = !queue.data.trouble && navigator.onLine;
    trouble.textContent = navigator.onLine
      ? queue.data.trouble ? `${queue.data.trouble} ${phrase("tryingSoon")}` : ""
      : phrase("offline");
    const busy = [...queue.filesIn("sending"), ...queue.filesIn("checking")].slice(0, ROWS);
    const waiting = open.filter(({ state }) => state !== "sending" && state !== "checking");
    const shown = [...busy, ...waiting.slice(0, ROWS - busy.length)];
    this.drawRows(at(".active"), shown);
    // Rows come and go; what is below the list stays where it is until the end.
    at(".active").style.minBlockSize = `${at(".active").offsetHeight}px`;
    const more = at(".progress .more");
    more.hidden = open.length <= ROWS;
    more.textContent = phrase("moreWaiting", { count: open.length - ROWS });
  }

  timeLeft(sent, bytes) {
    const seconds = (Date.now() - this.queue.begun) / 1000;
    if (seconds < 5 || sent < bytes / 100) return "";
    return sent >= bytes ? phrase("nowChecking") : formatTimeLeft(((bytes - sent) * seconds) / sent);
  }

  /** Bring a list's rows in line with `entries`, keeping elements that are there, so that focus stays. */
  drawRows(list, entries) {
    const wanted = new Set(entries.map((entry) => entry.id));
    for (const [id, row] of this.rows) {
      if (!wanted.has(id)) {
        this.keepFocus(row);
        row.remove();
        this.rows.delete(id);
      }
    }
    entries.forEach((entry, index) => {
      let row = this.rows.get(entry.id);
      if (!row) {
        row = makeRow(entry.name, "remove", "removeFile", () => this.queue.drop(entry));
        row.append(makeBar(entry.name));
        this.rows.set(entry.id, row);
      }
      if (list.children[index] !== row) list.insertBefore(row, list.children[index] || null);
      const share = entry.size ? Math.floor((100 * entry.sent) / entry.size) : 0;
      setText(row.querySelector(".state"), describeState(entry, share));
      const bar = row.querySelector(".bar");
      bar.hidden = entry.state !== "sending";
      bar.setAttribute("aria-valuenow", share);
      bar.firstElementChild.style.inlineSize = `${share}%`;
    });
  }

  /** A row goes that has the focus: it moves to the next one's button, not to the top of the page. */
  keepFocus(row) {
    if (!row.contains(this.root.activeElement)) return;
    const next = row.nextElementSibling || row.previousElementSibling;
    (next?.querySelector("button") || this.at(".choose-files")).focus();
  }

  drawProblems() {
    const { queue, at } = this;
    const bad = queue.filesIn("refused", "failed");
    const rows = [
      ...bad.map((entry) => ({
        key: entry.id,
        name: entry.name,
        reason: entry.reason,
        retry: entry.state === "failed" ? () => queue.retry(entry) : null,
        clear: () => queue.drop(entry),
      })),
      ...queue.leftOut.map((photo) => ({
        key: photo.photoId,
        name: photo.name,
        reason: photo.reason,
        clear: () => queue.clearPhoto(photo.photoId),
      })),
      ...queue.notes.map((reason, index) => ({
        key: `note-${index}`,
        name: "",
        reason,
        clear: () => {
          queue.notes.splice(index, 1);
          queue.changed();
        },
      })),
    ];
    at(".problems").hidden = !rows.length;
    const missing = queue.leftOut.filter((photo) => photo.missing).length;
    const told = rows.length === missing ? "notUploaded" : "leftOut";
    at(".problems .title").textContent = phrase(told, { count: rows.length });
    const failed = bad.filter((entry) => entry.state === "failed").length;
    at(".retry-all").hidden = failed < 1;
    at(".retry-all").textContent = failed === 1 ? phrase("tryAgain") : phrase("tryMany", { number: failed });
    const print = JSON.stringify(rows.slice(0, BAD_ROWS).map(({ key, reason, retry }) => [key, reason, Boolean(retry)]));
    if (print !== this.problemsDrawn) {
      this.problemsDrawn = print;
      const list = at(".bad");
      const had = [...list.children].findIndex((row) => row.contains(this.root.activeElement));
      list.replaceChildren(...rows.slice(0, BAD_ROWS).map((row) => makeProblem(row)));
      if (had >= 0) (list.children[Math.min(had, list.children.length - 1)]?.querySelector("button") || at(".choose-files")).focus();
    }
    const more = at(".problems .more");
    more.hidden = rows.length <= BAD_ROWS;
    more.textContent = phrase("more", { count: rows.length - BAD_ROWS });
  }

  /** Totals for those who listen, now and then, and at the end. */
  speakTotals() {
    const { queue } = this;
    const open = queue.open.length;
    const bad = queue.filesIn("refused", "failed").length;
    if (open) {
      this.wasOpen = true;
      if (Date.now() - this.saidAt > SAY_EVERY_MILLISECONDS) this.tell(this.at(".count").textContent);
    } else if (this.wasOpen) {
      this.wasOpen = false;
      if (queue.cancelled) return;
      const parts = [phrase("added", { count: queue.added })];
      if (queue.known) parts.push(phrase("known", { count: queue.known }));
      if (bad) parts.push(phrase("bad", { count: bad }));
      if (queue.clutter) parts.push(phrase("clutter", { count: queue.clutter }));
      this.tell(parts.join(" "));
    }
  }

  tell(text) {
    this.saidAt = Date.now();
    setText(this.at(".said"), text);
  }
}
