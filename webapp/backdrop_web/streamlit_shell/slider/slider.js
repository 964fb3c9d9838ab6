/* Before and after in one frame, with a divider to move: by pointer, touch or keyboard. Where the finished picture
   shows another frame than the photo, a divider would cut a product in two that do not fit: then side by side.

A range input lies over the pictures, unseen: it brings all three and is what a screen reader tells of. */

function makeSlider() {
  const before = make("img", { class: "slider-before", draggable: "false" });
  const after = make("img", { class: "slider-after", draggable: "false" });
  const range = make("input", {
    type: "range", min: "0", max: "100", step: "1", class: "slider-range",
    "aria-label": phrase("divider"),
  });
  const marks = make("div", { class: "slider-marks", "aria-hidden": "true" });
  const root = make("div", { class: "slider" },
    before,
    make("div", { class: "slider-after-part" }, after),
    make("span", { class: "slider-tag slider-tag-before", "aria-hidden": "true" }, phrase("before")),
    make("span", { class: "slider-tag slider-tag-after", "aria-hidden": "true" }, phrase("after")),
    marks,
    make("span", { class: "slider-divider", "aria-hidden": "true" }),
    range,
  );

  function move() {
    root.style.setProperty("--at", `${range.value}%`);
    range.setAttribute("aria-valuetext", phrase("divided", { before: Number(range.value), after: 100 - range.value }));
  }

  range.addEventListener("input", move);
  before.addEventListener("load", () => {
    if (root.classList.contains("slider-alone")) {
      root.style.setProperty("--ratio", before.naturalWidth / before.naturalHeight);
    }
  });
  return {
    root,
    range,
    /* `picture`: { name, before, after, width, height, apart, marks }; without `after` there is nothing to compare.
       `marks`: places to look at, [left, top, width, height] as shares of the photo; of pictures apart none is shown. */
    show(picture) {
      setSource(before, picture.before, phrase("pictureBefore", { name: picture.name }));
      setSource(after, picture.after, phrase("pictureAfter", { name: picture.name }));
      root.classList.toggle("slider-alone", !picture.after);
      const apart = Boolean(picture.after && picture.before && picture.apart);
      root.classList.toggle("slider-apart", apart);
      range.disabled = !picture.after || apart;
      range.hidden = range.disabled;
      root.style.setProperty("--ratio", picture.width && picture.height ? picture.width / picture.height : 1);
      marks.replaceChildren(...(apart ? [] : picture.marks || []).map(makeMark));
      range.value = "50";
      move();
    },
  };
}

function makeMark([left, top, width, height]) {
  const mark = make("span", { class: "slider-mark" });
  const share = (value) => `${value * 100}%`;
  Object.assign(mark.style, { left: share(left), top: share(top), width: share(width), height: share(height) });
  return mark;
}

/* The same address is not set again: the browser would flicker. */
function setSource(image, address, words) {
  image.alt = words;
  if (!address) {
    image.removeAttribute("src");
  } else if (image.getAttribute("src") !== address) {
    image.src = address;
  }
}
