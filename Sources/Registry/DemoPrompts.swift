import GRDB

extension Registry {
    /// The saved test prompts of every adapter that has some, in the order they were given.
    public func demoPrompts() throws(RegistryError) -> [String: [String]] {
        try read { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT adapter.name, demo_prompt.text
                    FROM demo_prompt JOIN adapter ON adapter.id = demo_prompt.adapter_id
                    WHERE adapter.base_id = ? ORDER BY adapter.name, demo_prompt.position
                    """,
                arguments: [baseID])
            return Dictionary(grouping: rows) { $0["name"] as String }.mapValues { $0.map { $0["text"] } }
        }
    }

    /// Replaces the saved test prompts of an adapter; none removes them.
    public func setDemoPrompts(_ prompts: [String], adapter: String) throws(RegistryError) {
        try write { db in
            let adapter = try adapterID(adapter, db)
            try db.execute(sql: "DELETE FROM demo_prompt WHERE adapter_id = ?", arguments: [adapter])
            for (position, text) in prompts.enumerated() {
                try db.execute(
                    sql: "INSERT INTO demo_prompt (adapter_id, position, text) VALUES (?, ?, ?)",
                    arguments: [adapter, position, text])
            }
        }
    }
}
