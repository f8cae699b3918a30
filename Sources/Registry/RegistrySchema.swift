import GRDB

/// The tables and how they came to be. A migration that was once released is never edited.
enum RegistrySchema {
    /// In the header of the file, so that another program's database is told from ours: `LDCK`.
    static let applicationID = 0x4C44_434B

    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 adapters, prompts and events") { db in
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            // One registry serves every base model that this user runs; names of two bases do not mix.
            try db.execute(
                sql: """
                    CREATE TABLE base (
                        id INTEGER PRIMARY KEY,
                        digest TEXT NOT NULL UNIQUE
                    ) STRICT;
                    CREATE TABLE adapter (
                        id INTEGER PRIMARY KEY,
                        base_id INTEGER NOT NULL REFERENCES base(id),
                        name TEXT NOT NULL,
                        -- NULL until a version was saved: a pin may come first
                        version_id INTEGER REFERENCES version(id) DEFERRABLE INITIALLY DEFERRED,
                        pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1)),
                        UNIQUE (base_id, name)
                    ) STRICT;
                    CREATE TABLE version (
                        id INTEGER PRIMARY KEY,
                        adapter_id INTEGER NOT NULL REFERENCES adapter(id) ON DELETE CASCADE,
                        digest TEXT NOT NULL,
                        -- AdapterFacts as JSON
                        facts TEXT NOT NULL CHECK (json_valid(facts)),
                        -- seconds since 1970
                        registered REAL NOT NULL,
                        UNIQUE (adapter_id, digest)
                    ) STRICT;
                    CREATE TABLE demo_prompt (
                        adapter_id INTEGER NOT NULL REFERENCES adapter(id) ON DELETE CASCADE,
                        position INTEGER NOT NULL,
                        text TEXT NOT NULL,
                        PRIMARY KEY (adapter_id, position)
                    ) STRICT, WITHOUT ROWID;
                    CREATE TABLE event (
                        -- AUTOINCREMENT: an id is never given twice, not even after pruning
                        id INTEGER PRIMARY KEY AUTOINCREMENT,
                        base_id INTEGER NOT NULL REFERENCES base(id),
                        time REAL NOT NULL,
                        kind TEXT NOT NULL,
                        level TEXT NOT NULL,
                        actor TEXT NOT NULL,
                        subject TEXT,
                        message TEXT NOT NULL,
                        command TEXT
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("2 states of files") { db in
            // FileStates as JSON; NULL where the digest was computed from files that were too fresh to be told apart.
            try db.execute(sql: "ALTER TABLE version ADD COLUMN files TEXT CHECK (files IS NULL OR json_valid(files))")
        }
        migrator.registerMigration("4 tenants, keys and usage") { db in
            // Tenants and keys are the machine's, whatever base it serves.
            try db.execute(
                sql: """
                    CREATE TABLE tenant (
                        id INTEGER PRIMARY KEY,
                        name TEXT NOT NULL UNIQUE,
                        -- names as a JSON array; NULL is every adapter
                        adapters TEXT CHECK (adapters IS NULL OR json_valid(adapters)),
                        weight REAL NOT NULL CHECK (weight > 0),
                        max_concurrent INTEGER,
                        tokens_per_minute INTEGER,
                        max_context INTEGER
                    ) STRICT;
                    CREATE TABLE api_key (
                        id TEXT PRIMARY KEY,
                        -- SHA-256 of the key
                        hash TEXT NOT NULL UNIQUE,
                        tenant_id INTEGER NOT NULL REFERENCES tenant(id) ON DELETE CASCADE,
                        administrator INTEGER NOT NULL CHECK (administrator IN (0, 1)),
                        created REAL NOT NULL
                    ) STRICT;
                    CREATE TABLE usage (
                        base TEXT NOT NULL,
                        -- in UTC, such as 2026-11-25
                        day TEXT NOT NULL,
                        tenant TEXT NOT NULL,
                        -- empty is the base
                        adapter TEXT NOT NULL,
                        requests INTEGER NOT NULL,
                        prompt_tokens INTEGER NOT NULL,
                        cached_tokens INTEGER NOT NULL,
                        generated_tokens INTEGER NOT NULL,
                        compute_seconds REAL NOT NULL,
                        kv_page_seconds REAL NOT NULL,
                        weight_page_seconds REAL NOT NULL,
                        PRIMARY KEY (base, day, tenant, adapter)
                    ) STRICT, WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("5 verified adapters") { db in
            // By content: it outlives names, and files of the base that are renamed.
            try db.execute(
                sql: """
                    CREATE TABLE verified (
                        base_id INTEGER NOT NULL REFERENCES base(id),
                        digest TEXT NOT NULL,
                        -- of the weights file
                        bytes INTEGER NOT NULL,
                        PRIMARY KEY (base_id, digest)
                    ) STRICT, WITHOUT ROWID;
                    INSERT INTO verified (base_id, digest, bytes)
                    SELECT adapter.base_id, version.digest, max(version.facts ->> '$.fileBytes')
                    FROM version JOIN adapter ON adapter.id = version.adapter_id
                    WHERE json_type(version.facts, '$.verdict.verified') IS NOT NULL
                    GROUP BY adapter.base_id, version.digest;
                    """)
        }
        migrator.registerMigration("6 roll-backs") { db in
            // The digest that stood in the name's own place when it was rolled back to this version.
            try db.execute(sql: "ALTER TABLE version ADD COLUMN instead_of TEXT")
        }
        migrator.registerMigration("7 what names were turned away from") { db in
            // By orders: what a start, or a request, finds in a name's own place and does not register.
            try db.execute(
                sql: """
                    CREATE TABLE turned_down (
                        base_id INTEGER NOT NULL REFERENCES base(id),
                        name TEXT NOT NULL,
                        -- NULL where only the files' states are known
                        digest TEXT,
                        -- where that content was registered from; NULL where only the files' states are known
                        path TEXT,
                        -- FileStates as JSON; NULL where only the content is known
                        files TEXT CHECK (files IS NULL OR json_valid(files))
                    ) STRICT;
                    CREATE INDEX turned_down_name ON turned_down (base_id, name);
                    """)
        }
        migrator.registerMigration("8 names in one form of Unicode") { try CanonicalNameMigration.run($0) }
        migrator.registerMigration("9 revoked keys") { db in
            // When a key was revoked, in seconds since 1970; NULL while it is valid.
            try db.execute(sql: "ALTER TABLE api_key ADD COLUMN revoked REAL")
        }
        return migrator
    }()
}
