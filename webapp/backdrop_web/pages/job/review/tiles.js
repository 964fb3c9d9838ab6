/* The grid. A tile is made once for an image and changed in place, so that nothing flickers or jumps. */
class Tiles {
  constructor(home, handlers) {
    this.home = home;
    this.handlers = handlers;
    this.known = new Map();
    home.addEventListener("keydown", (event) => this.key(event));
  }

  show(records, verdictOf) {
    const tiles = records.map((record) => {
      const tile = this.known.get(record.id) || this.make(record.id);
      this.fill(tile, record, verdictOf(record));
      return tile;
    });
    this.known = new Map(tiles.map((tile) => [tile.dataset.id, tile]));
    const there = [...this.home.children];
    if (tiles.length !== there.length || tiles.some((tile, index) => tile !== there[index])) {
      this.home.replaceChildren(...tiles);
    }
  }

  make(id) {
    const tile = make("button", { type: "button", class: "tile", "data-id": id },
      make("span", { class: "picture" }, make("img", { alt: "", loading: "lazy", decoding: "async" })),
      make("span", { class: "state" }),
      make("span", { class: "check" }),
      make("span", { class: "variation" }),
      make("span", { class: "try" }),
      make("span", { class: "name" }),
    );
    const image = tile.querySelector("img");
    image.addEventListener("error", () => {
      // Images from before there were thumbnails have none.
      const backup = image.dataset.backup;
      if (backup && image.getAttribute("src") !== backup) image.src = backup;
    });
    tile.addEventListener("click", () => this.handlers.open(tile.dataset.id));
    return tile;
  }

  fill(tile, record, verdict) {
    const image = tile.querySelector("img");
    const state = findState(record, verdict);
    const { words, sign } = nameState(state);
    const check = state === "review" ? describeChecks(record) : "";
    const tries = record.behind?.length ? phrase("tryOf", { number: record.tryNumber, total: record.tryOf }) : "";
    image.dataset.backup = record.thumbBackup || "";
    if (image.dataset.wanted !== record.thumb) {
      image.dataset.wanted = record.thumb || "";
      if (record.thumb) image.src = record.thumb;
      else image.removeAttribute("src");
    }
    tile.dataset.state = state;
    setText(tile.querySelector(".state"), `${sign} ${words}`);
    setText(tile.querySelector(".check"), check);
    setText(tile.querySelector(".name"), record.name);
    setText(tile.querySelector(".variation"), record.variation);
    setText(tile.querySelector(".try"), tries);
    tile.title = record.name;
    const variation = record.variation && phrase("variationShort", { variation: record.variation });
    tile.setAttribute("aria-label", [record.name, variation, tries, words, check].filter(Boolean).join(", "));
  }

  focus(id) {
    this.known.get(id)?.focus();
  }

  key(event) {
    const tile = event.target.closest(".tile");
    if (!tile || event.ctrlKey || event.metaKey || event.altKey) return;
    const tiles = [...this.home.children];
    const columns = getComputedStyle(this.home).gridTemplateColumns.split(" ").length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (step) {
      const next = tiles[tiles.indexOf(tile) + step];
      if (next) next.focus();
      event.preventDefault();
    } else if (this.handlers.judgeKey(event.key, tile.dataset.id)) {
      event.preventDefault();
    }
  }
}
