import ArgumentParser
import DeckCore
import Foundation
import Registry

/// `loradeck tenants`
struct TenantsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tenants", abstract: "Who may use which adapters, and how much; `keys add` changes it.")

    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let records = try TenantBook.open(path: Folders().registry.path).accessRecords()
        for complaint in records.unreadable { Output.complain(complaint) }
        let tenants = records.tenants
        if json { return try Output.json(tenants) }
        if tenants.isEmpty { return Output.line("no tenants: `loradeck keys add` makes one") }
        var table = TextTable([
            ("tenant", .left), ("weight", .right), ("at once", .right), ("tokens/min", .right), ("context", .right),
            ("adapters", .left),
        ])
        for tenant in tenants {
            let limit = { (value: Int?) in value.map { "\($0)" } ?? "-" }
            let adapters = tenant.adapters.map { $0.isEmpty ? "base alone" : $0.sorted().joined(separator: ", ") }
            table.add([
                tenant.name, "\(tenant.weight)", limit(tenant.maxConcurrent), limit(tenant.tokensPerMinute),
                limit(tenant.maxContext), adapters ?? "all",
            ])
        }
        Output.line(table.text)
    }
}
