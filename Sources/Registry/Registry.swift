import DeckCore
import Foundation
import GRDB

/// What survives a deck: adapters with their versions and pins, demo prompts, and the audit log, in one SQLite file.
///
/// Every write is one transaction that is on the disk when the call returns (write-ahead log, `synchronous = FULL`), so that
/// neither a kill -9 nor a power cut loses what was acknowledged (invariant 10). One file serves all base models; a registry
/// value sees the adapters of one. Safe to use from any thread and from several processes.
public struct Registry: Sendable {
    /// The file.
    public var path: String { place.path }
    let place: RegistryPlace
    /// The base model that the adapters belong to.
    public let base: Digest
    let eventLimit: Int
    let queue: DatabaseQueue
    let baseID: Int64

    /// Opens the registry at `path`, creating it and its folder where they are missing.
    ///
    /// At most `eventLimit` events are kept, the newest. Throws for a folder that cannot be written, a file of a later
    /// version, a damaged file and a file that is not ours; such a file is left as it is.
    public static func open(
        path: String, base: Digest, eventLimit: Int = 100_000
    ) throws(RegistryError) -> Registry {
        do {
            let queue = try connect(path: path)
            let baseID = try queue.write { db in
                try db.execute(
                    sql: "INSERT INTO base (digest) VALUES (?) ON CONFLICT DO NOTHING", arguments: [base.hex])
                return try Int64.fetchOne(db, sql: "SELECT id FROM base WHERE digest = ?", arguments: [base.hex])
            }
            guard let baseID else { throw RegistryError.failed(path: path, reason: "the base was not kept") }
            return Registry(
                place: RegistryPlace(path: path), base: base, eventLimit: eventLimit, queue: queue, baseID: baseID)
        } catch {
            throw RegistryError(error, path: path)
        }
    }

    /// The file, checked and with the tables of this version.
    static func connect(path: String) throws -> DatabaseQueue {
        try prepareFolder(of: path)
        let lock = FolderLock(of: path)
        defer { lock.release() }
        var configuration = Configuration()
        configuration.label = "loradeck.registry"
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        try queue.read { try check($0, path: path) }
        // Journal mode cannot change inside a transaction.
        try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
        try RegistrySchema.migrator.migrate(queue)
        return queue
    }

    /// Runs one transaction; it is durable when this returns, and nothing of it is kept when the file does not stand at its
    /// path any more. Inside of another one it is a part of that, taken back alone
    /// when it throws and durable when that is.
    func write<Value>(_ body: (Database) throws -> Value) throws(RegistryError) -> Value {
        do {
            return try queue.unsafeReentrantWrite { db in
                var value: Value?
                let isPart = db.isInsideTransaction
                let run = {
                    value = try body(db)
                    if !isPart { try place.check() }
                    return Database.TransactionCompletion.commit
                }
                if isPart { try db.inSavepoint(run) } else { try db.inTransaction(.immediate, run) }
                guard let value else { throw RegistryError.failed(path: path, reason: "a transaction had no outcome") }
                return value
            }
        } catch {
            throw RegistryError(error, path: path)
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws(RegistryError) -> Value {
        do { return try queue.read(body) } catch { throw RegistryError(error, path: path) }
    }

    /// Makes the folder of a file where it is missing.
    static func makeFolder(of path: String) throws(RegistryError) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        do {
            // Prompts and paths are nobody else's business.
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw .unwritable(path: path, reason: "its folder cannot be made: \(FileFault.reason(error))")
        }
    }

    private static func prepareFolder(of path: String) throws {
        try makeFolder(of: path)
        // SQLite would take a missing file for an empty database and throw its log away.
        let files = FileManager.default
        let size = { (name: String) in (try? files.attributesOfItem(atPath: name)[.size] as? Int) ?? 0 }
        if size(path) == 0, size(path + "-wal") > 0 {
            throw RegistryError.corrupt(path: path, reason: "the file is gone, but its log \(path)-wal is there")
        }
    }

    /// Refuses a file that is not ours, is newer than we are, or is damaged, before anything is written to it.
    private static func check(_ db: Database, path: String) throws {
        let isEmpty = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
        guard !isEmpty else { return }
        let application = try Int.fetchOne(db, sql: "PRAGMA application_id")
        guard application == RegistrySchema.applicationID else {
            throw RegistryError.foreign(path: path, reason: "it holds another program's tables")
        }
        let verdict = try String.fetchOne(db, sql: "PRAGMA quick_check(1)") ?? "no answer"
        guard verdict == "ok" else { throw RegistryError.corrupt(path: path, reason: verdict) }
        let known = Set(RegistrySchema.migrator.migrations)
        let unknown = try RegistrySchema.migrator.appliedIdentifiers(db).subtracting(known)
        guard unknown.isEmpty else { throw RegistryError.newer(path: path, migrations: unknown.sorted()) }
    }
}

extension Registry {
    /// How firmly writes stand.
    public struct Durability: Hashable, Sendable {
        /// SQLite's journal mode.
        public let journal: String
        /// SQLite's `synchronous` level: 2 is FULL, which flushes the log at every commit.
        public let synchronous: Int

        public init(journal: String, synchronous: Int) {
            self.journal = journal
            self.synchronous = synchronous
        }
    }

    /// What SQLite says of the connection that writes.
    public func durability() throws(RegistryError) -> Durability {
        try read { db in
            Durability(
                journal: try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? "",
                synchronous: try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? 0)
        }
    }

    /// Writes the log back into the file and lets the file go. Not needed for durability.
    public func close() throws(RegistryError) {
        do { try queue.close() } catch { throw RegistryError(error, path: path) }
    }
}
