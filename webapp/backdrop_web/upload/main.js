// Called by Streamlit each time the server has something new, with the same element as long as the page shows it.

const views = new WeakMap();

const guard = (event) => {
  // Leaving would stop what is on its way; the browser asks in its own words.
  if (queues.some((queue) => queue.open.length)) event.preventDefault();
};

export default function upload({ data, parentElement, setStateValue }) {
  let view = views.get(parentElement);
  if (!view || !parentElement.contains(view.at(".uploader"))) {
    view?.leave();
    view = new View(parentElement);
    views.set(parentElement, view);
  }
  const queue = findQueue(data);
  const section = view.at(".uploader");
  learnWords(section, data);
  writeWords(section);
  view.follow(queue);
  queue.receive(data, (message) => setStateValue("outbox", message));
  window.addEventListener("beforeunload", guard);
  return () => {
    // The queue goes on with what it may send; it talks again when the page is back.
    view.leave();
    view.queue = null;
    queue.talk.fallSilent();
  };
}
