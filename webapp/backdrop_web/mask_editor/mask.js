/* The mask that is worked on: how much of each pixel is kept, 0 to 255, and the canvas that shows it as alpha. */
class Mask {
  constructor(width, height) {
    this.canvas = Object.assign(document.createElement("canvas"), { width, height });
    this.context = this.canvas.getContext("2d", { willReadFrequently: true });
    this.changes = 0;
  }

  get width() { return this.canvas.width; }
  get height() { return this.canvas.height; }

  /* From a picture of the mask, white what is kept. */
  draw(image) {
    this.changes += 1;
    this.context.globalCompositeOperation = "copy";
    this.context.drawImage(image, 0, 0, this.width, this.height);
    this.context.globalCompositeOperation = "source-over";
    const pixels = this.context.getImageData(0, 0, this.width, this.height);
    for (let at = 0; at < pixels.data.length; at += 4) {
      pixels.data[at + 3] = pixels.data[at];
      pixels.data[at] = pixels.data[at + 1] = pixels.data[at + 2] = 255;
    }
    this.context.putImageData(pixels, 0, 0);
  }

  read() {
    const { data } = this.context.getImageData(0, 0, this.width, this.height);
    const kept = new Uint8ClampedArray(data.length / 4);
    for (let at = 0; at < kept.length; at++) kept[at] = data[4 * at + 3];
    return kept;
  }

  write(kept) {
    this.changes += 1;
    const pixels = this.context.createImageData(this.width, this.height);
    for (let at = 0; at < kept.length; at++) {
      pixels.data[4 * at] = pixels.data[4 * at + 1] = pixels.data[4 * at + 2] = 255;
      pixels.data[4 * at + 3] = kept[at];
    }
    this.context.putImageData(pixels, 0, 0);
  }

  /* A line of the brush: points as shares, its width as a share of the longer side. */
  brush(points, width, keeps) {
    this.changes += 1;
    const { context } = this;
    context.globalCompositeOperation = keeps ? "source-over" : "destination-out";
    context.strokeStyle = context.fillStyle = "#fff";
    context.lineWidth = Math.max(1, width * Math.max(this.width, this.height));
    context.lineCap = context.lineJoin = "round";
    context.beginPath();
    points.forEach(([x, y], index) => context[index ? "lineTo" : "moveTo"](x * this.width, y * this.height));
    if (points.length === 1) context.lineTo(points[0][0] * this.width + .01, points[0][1] * this.height);
    context.stroke();
    context.globalCompositeOperation = "source-over";
  }

  /* The connected pixels around a point that are kept, or that are not; null when the point is on the other side. */
  piece([x, y], wanted) {
    const { width, height } = this, kept = this.read();
    const inside = (at) => (kept[at] > 127) === wanted;
    const start = Math.min(height - 1, Math.floor(y * height)) * width + Math.min(width - 1, Math.floor(x * width));
    if (!inside(start)) return null;
    const found = new Uint8Array(kept.length), todo = [start];
    found[start] = 1;
    let touchesBorder = false;
    while (todo.length) {
      const at = todo.pop(), column = at % width, row = (at - column) / width;
      if (!column || !row || column === width - 1 || row === height - 1) touchesBorder = true;
      const near = [];
      if (column) near.push(at - 1);
      if (column < width - 1) near.push(at + 1);
      if (row) near.push(at - width);
      if (row < height - 1) near.push(at + width);
      for (const next of near) {
        if (found[next] || !inside(next)) continue;
        found[next] = 1;
        todo.push(next);
      }
    }
    return { found, kept, touchesBorder };
  }

  /* Keeps only the piece at a point; whether there was one. */
  keepPiece(point) {
    const piece = this.piece(point, true);
    if (!piece) return false;
    // Its soft rim stays with it: pixels within two of the piece.
    const near = grow(piece.found, this.width, this.height, 2);
    this.write(piece.kept.map((value, at) => (near[at] ? value : 0)));
    return true;
  }

  /* Fills the hole at a point; whether there was one: what reaches the border is no hole. */
  fillHole(point) {
    const piece = this.piece(point, false);
    if (!piece || piece.touchesBorder) return false;
    const near = grow(piece.found, this.width, this.height, 2);
    this.write(piece.kept.map((value, at) => (near[at] ? 255 : value)));
    return true;
  }

  /* As base64 of a PNG, white what is kept; its edge softened over so many pixels. */
  async encode(soft = 0) {
    const kept = soften(this.read(), this.width, this.height, soft);
    const plain = Object.assign(document.createElement("canvas"), { width: this.width, height: this.height });
    const context = plain.getContext("2d"), pixels = context.createImageData(this.width, this.height);
    for (let at = 0; at < kept.length; at++) {
      pixels.data[4 * at] = pixels.data[4 * at + 1] = pixels.data[4 * at + 2] = kept[at];
      pixels.data[4 * at + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
    return plain.toDataURL("image/png").split(",")[1];
  }
}

/* A region and what is within `radius` pixels of it. */
function grow(region, width, height, radius) {
  let grown = region;
  for (let step = 0; step < radius; step++) {
    const before = grown;
    grown = Uint8Array.from(before);
    for (let at = 0; at < before.length; at++) {
      if (!before[at]) continue;
      const column = at % width;
      if (column) grown[at - 1] = 1;
      if (column < width - 1) grown[at + 1] = 1;
      if (at >= width) grown[at - width] = 1;
      if (at < before.length - width) grown[at + width] = 1;
    }
  }
  return grown;
}

/* Three box blurs, which are nearly a Gaussian: the edge is spread over about `radius` pixels on each side. */
function soften(kept, width, height, radius) {
  if (!radius) return kept;
  let from = Float32Array.from(kept), to = new Float32Array(kept.length);
  const blur = (count, length, step, stride) => {
    for (let line = 0; line < count; line++) {
      const start = line * stride;
      let sum = 0;
      for (let at = -radius; at <= radius; at++) sum += from[start + Math.min(length - 1, Math.max(0, at)) * step];
      for (let at = 0; at < length; at++) {
        to[start + at * step] = sum / (2 * radius + 1);
        sum += from[start + Math.min(length - 1, at + radius + 1) * step] - from[start + Math.max(0, at - radius) * step];
      }
    }
    [from, to] = [to, from];
  };
  for (let pass = 0; pass < 3; pass++) {
    blur(height, width, 1, width);
    blur(width, height, width, 1);
  }
  return Uint8ClampedArray.from(from, Math.round);
}

function loadImage(address) {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = () => reject(new Error("The picture could not be read."));
    image.src = address;
  });
}
