import Database from 'better-sqlite3';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- without AUTOINCREMENT, the id of the newest task is issued again
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    done INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
  ) STRICT;
  CREATE INDEX IF NOT EXISTS tasks_by_done ON tasks (done, id);
`;

/** Opens the database file, which several processes may share, and returns the operations on it. */
export function openStore(filename) {
  const db = new Database(filename, { timeout: 10_000 });
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL'); // In WAL mode, a commit survives a kill of the process.
  db.transaction(() => db.exec(SCHEMA)).immediate();

  const insert = db.prepare(
    'INSERT INTO tasks (title, description, done) VALUES (@title, @description, @done) RETURNING *',
  );
  const select = db.prepare('SELECT * FROM tasks WHERE id = ?');
  const selectPage = db.prepare('SELECT * FROM tasks WHERE id > @after ORDER BY id LIMIT @limit');
  const selectPageByDone = db.prepare(
    'SELECT * FROM tasks WHERE done = @done AND id > @after ORDER BY id LIMIT @limit',
  );
  const update = db.prepare(
    `UPDATE tasks SET title = @title, description = @description, done = @done, version = version + 1
     WHERE id = @id RETURNING *`,
  );
  const remove = db.prepare('DELETE FROM tasks WHERE id = @id');

  /**
   * Makes a write that runs only when the task exists and `check(row)` does not throw; otherwise it returns undefined.
   * Check and write are one transaction. It takes the write lock at once (BEGIN IMMEDIATE), because a transaction
   * that has read a state which another process then changed cannot get the lock any more, however long it waits.
   */
  function guarded(write) {
    const transaction = db.transaction((id, check, task) => {
      const row = select.get(id);
      if (!row) return undefined;
      check(row);
      return write(id, task);
    });
    return transaction.immediate;
  }

  return {
    // An explicit transaction, because get() hides a failure of the commit that ends a bare INSERT … RETURNING.
    create: db.transaction((task) => insert.get(toRow(task))).immediate,
    read: (id) => select.get(id),
    replace: guarded((id, task) => update.get({ id, ...toRow(task) })),
    remove: guarded((id) => remove.run({ id })),
    list: ({ done, after, limit }) =>
      done === undefined
        ? selectPage.all({ after, limit })
        : selectPageByDone.all({ done: Number(done), after, limit }),
    close: () => db.close(),
  };
}

/** SQLite has no boolean type. */
function toRow({ title, description, done }) {
  return { title, description, done: Number(done) };
}
