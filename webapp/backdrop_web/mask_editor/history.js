/* What can be undone: the masks before and after each step. The oldest go first: a mask takes a megabyte. */
const MOST_STEPS = 40;

class History {
  constructor(first) {
    this.states = [first];
    this.at = 0;
  }

  get canUndo() { return this.at > 0; }
  get canRedo() { return this.at < this.states.length - 1; }
  get now() { return this.states[this.at]; }

  push(state) {
    this.states = [...this.states.slice(0, this.at + 1), state].slice(-MOST_STEPS - 1);
    this.at = this.states.length - 1;
  }

  step(by) {
    this.at = Math.min(this.states.length - 1, Math.max(0, this.at + by));
    return this.now;
  }
}

/* The mask of a photo as it was left, in this tab alone: it outlives a reload. */
class Memory {
  constructor(name) {
    this.name = `backdrop.mask.${name}`;
  }

  read() {
    try {
      return sessionStorage.getItem(this.name);
    } catch {
      return null;
    }
  }

  write(mask) {
    try {
      if (mask) sessionStorage.setItem(this.name, mask);
      else sessionStorage.removeItem(this.name);
    } catch {
      // Full, or forbidden: the work stays on the page, and only a reload would lose it.
    }
  }
}
