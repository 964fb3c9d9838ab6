// The queues of this tab: one is followed by the page, others may hold files that a job before was started without.

const queues = [];

/** The queue of an uploader: the same one for the same key or draft. Another person's files are let go. */
function findQueue(data) {
  const found = queues.find(({ talk }) => talk.key === data.key || (data.draft && talk.data?.draft === data.draft));
  const left = [];
  for (const queue of queues.splice(0)) {
    if (queue === found) continue;
    queue.talk.fallSilent();
    if (queue.owner === data.owner) left.push(queue);
    else queue.open.forEach((entry) => entry.abort?.abort());
  }
  const queue = found || new Queue();
  queue.owner = data.owner;
  left.forEach((before) => queue.inherit(before));
  queues.push(queue);
  return queue;
}
