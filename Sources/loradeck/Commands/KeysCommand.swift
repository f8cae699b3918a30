import ArgumentParser
import DeckCore
import Foundation
import Registry
import ServingAPI

/// `loradeck keys`
struct KeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "API keys, each bound to a tenant: add, list, revoke.",
        discussion: "A server that runs takes changes up within a second.",
        subcommands: [KeysAdd.self, KeysList.self, KeysRevoke.self], defaultSubcommand: KeysList.self)
}

/// `loradeck keys add`
struct KeysAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make a key for a tenant, and set what the tenant may use.",
        discussion: """
            The key is printed once; only a hash of it is kept. What is not named keeps its value for a tenant that is \
            there, and for a new one means no limit.

            EXAMPLES
              loradeck keys add games --adapters pirate-games,kids-garden --tokens-per-minute 60000
              loradeck keys add ops --admin
              loradeck keys add everything --adapters '*'
            """)

    @Argument(help: "The tenant's name.") var tenant: String
    @Option(
        help: ArgumentHelp(
            "Adapters that the tenant may use besides the base, or * for all.", valueName: "names"))
    var adapters: String?
    @Option(help: ArgumentHelp("Its share of the machine, in proportion to the others'.", valueName: "number"))
    var weight: Double?
    @Option(help: ArgumentHelp("Most answers at once: prompts times n.", valueName: "n")) var maxConcurrent: Int?
    @Option(help: ArgumentHelp("Prompt and generated tokens a minute.", valueName: "n")) var tokensPerMinute: Int?
    @Option(help: ArgumentHelp("Longest prompt and answer together.", valueName: "tokens")) var maxContext: Int?
    @Flag(help: "A key for operators: every adapter, load and unload, and the deck's own routes.") var admin = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        let isPlain = tenant.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || "0123456789-_.@".unicodeScalars.contains($0)
        }
        if tenant.isEmpty || tenant.utf8.count > 64 || !isPlain {
            throw ValidationError("a tenant's name is 1 to 64 letters, digits, or - _ . @")
        }
        if TenantRecord.reservedNames.contains(tenant) {
            throw ValidationError("\(tenant) is a name under which loradeck itself asks; give the tenant another")
        }
        if let weight, !(weight > 0 && weight.isFinite) { throw ValidationError("--weight must be above 0") }
        for (name, value) in [
            ("--max-concurrent", maxConcurrent), ("--tokens-per-minute", tokensPerMinute),
            ("--max-context", maxContext),
        ] {
            if let value, value < 1 { throw ValidationError("\(name) must be at least 1") }
        }
    }

    func run() throws {
        let tenant = CanonicalName.of(tenant)
        let book = try TenantBook.open(path: Folders().registry.path)
        let known = try book.accessRecords().tenants.first { $0.name == tenant }
        guard known != nil || adapters != nil || admin else {
            throw Failure(
                "say what \(tenant) may use: --adapters NAME,NAME, or --adapters '*' for all, or --adapters '' for the "
                    + "base alone; --admin makes an operator's key")
        }
        var record = known ?? TenantRecord(name: tenant)
        if let adapters { record.adapters = Self.names(adapters) }
        if let weight { record.weight = weight }
        record.maxConcurrent = maxConcurrent ?? record.maxConcurrent
        record.tokensPerMinute = tokensPerMinute ?? record.tokensPerMinute
        record.maxContext = maxContext ?? record.maxContext
        let key = APIKey()
        try book.add(
            KeyRecord(id: key.id, hash: key.hash, tenant: tenant, isAdministrator: admin, created: Date()), of: record)
        if json {
            try Output.json(["id": key.id, "key": key.text, "tenant": tenant])
        } else {
            Output.line(key.text)
        }
    }

    /// Nil is every adapter.
    static func names(_ text: String) -> Set<String>? {
        if text == "*" { return nil }
        let names = text.split(separator: ",").map { CanonicalName.of($0.trimmingCharacters(in: .whitespaces)) }
        return Set(names.filter { !$0.isEmpty })
    }
}

/// `loradeck keys list`
struct KeysList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "The keys that are valid, by their ids; the keys themselves are not kept.")

    @Flag(help: "Print JSON.") var json = false

    private struct Line: Encodable {
        let id: String
        let tenant: String
        let administrator: Bool
        let created: String
    }

    func run() throws {
        let records = try TenantBook.open(path: Folders().registry.path).accessRecords()
        for complaint in records.unreadable { Output.complain(complaint) }
        let lines = records.keys.map {
            Line(
                id: $0.id, tenant: $0.tenant, administrator: $0.isAdministrator, created: $0.created.ISO8601Format())
        }
        if json { return try Output.json(lines) }
        if lines.isEmpty {
            return Output.line(
                records.hasHadKeys
                    ? "no key is valid: the API answers nobody until `loradeck keys add` makes one"
                    : "no keys: only this machine's users may reach the API")
        }
        var table = TextTable([("id", .left), ("tenant", .left), ("kind", .left), ("created", .left)])
        for line in lines { table.add([line.id, line.tenant, line.administrator ? "admin" : "tenant", line.created]) }
        Output.line(table.text)
    }
}

/// `loradeck keys revoke`
struct KeysRevoke: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Make a key invalid, at once and for ever. Its streams end within a second.")

    @Argument(help: "The key's id, as `keys list` shows it.") var id: String

    func run() throws {
        guard try TenantBook.open(path: Folders().registry.path).revokeKey(id) else {
            throw Failure("there is no key \(id): `loradeck keys list` shows what there is")
        }
        Output.line("revoked \(id)")
    }
}
