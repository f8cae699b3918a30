import ArgumentParser
import DeckCore
import Foundation
import Registry

/// `loradeck usage`
struct UsageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage", abstract: "What tenants have had of each adapter, by day (UTC).",
        discussion: """
            Requests, tokens, seconds of compute, and pages times seconds of KV cache and of adapters' weights, as the \
            engine counted them while it served.

            EXAMPLES
              loradeck usage --since 2026-11-01 --csv > november.csv
              loradeck usage --tenant games --json
            """)

    @Option(help: ArgumentHelp("The first day.", valueName: "yyyy-mm-dd")) var since: String?
    @Option(help: "One tenant only.") var tenant: String?
    @Flag(help: "Print comma-separated values.") var csv = false
    @Flag(help: "Print JSON.") var json = false

    func validate() throws {
        if csv, json { throw ValidationError("--csv or --json, not both") }
        if let since, (try? Date("\(since)T00:00:00Z", strategy: .iso8601)) == nil {
            throw ValidationError("--since \(since) is no day such as 2026-11-25")
        }
    }

    func run() throws {
        let usages = try TenantBook.open(path: Folders().registry.path).usage(
            since: since, tenant: tenant.map(CanonicalName.of))
        if json { return try Output.json(usages.map(UsageLine.init), isSnakeCase: true) }
        let header = [
            "day", "tenant", "adapter", "requests", "prompt_tokens", "cached_tokens", "generated_tokens",
            "compute_seconds", "kv_page_seconds", "weight_page_seconds",
        ]
        let rows = usages.map { UsageLine($0).cells }
        if csv {
            let text = ([header] + rows).map { $0.map(Self.quoted).joined(separator: ",") }
            return Output.line(text.joined(separator: "\n"))
        }
        if rows.isEmpty { return Output.line("no usage was recorded") }
        var table = TextTable(
            header.enumerated().map { ($1.replacing("_", with: " "), $0 < 3 ? .left : .right) })
        for row in rows { table.add(row) }
        Output.line(table.text)
    }

    /// RFC 4180; and no name that a spreadsheet would take for a formula.
    static func quoted(_ text: String) -> String {
        let safe = text.first.map { "=+-@\t\r".contains($0) && Double(text) == nil } ?? false ? "'" + text : text
        guard safe.contains(where: { "\",\n\r".contains($0) }) else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}

/// One line of the report.
struct UsageLine: Encodable {
    let day: String
    let tenant: String
    let adapter: String
    let requests: Int
    let promptTokens: Int
    let cachedTokens: Int
    let generatedTokens: Int
    let computeSeconds: Double
    let kvPageSeconds: Double
    let weightPageSeconds: Double

    init(_ daily: DailyUsage) {
        day = daily.day
        tenant = daily.usage.tenant
        adapter = daily.usage.adapter ?? "base"
        requests = daily.usage.requests
        promptTokens = daily.usage.promptTokens
        cachedTokens = daily.usage.cachedTokens
        generatedTokens = daily.usage.generatedTokens
        computeSeconds = Self.rounded(daily.usage.computeSeconds)
        kvPageSeconds = Self.rounded(daily.usage.kvPageSeconds)
        weightPageSeconds = Self.rounded(daily.usage.weightPageSeconds)
    }

    private static func rounded(_ value: Double) -> Double { (value * 1000).rounded() / 1000 }

    var cells: [String] {
        [
            day, tenant, adapter, "\(requests)", "\(promptTokens)", "\(cachedTokens)", "\(generatedTokens)",
            "\(computeSeconds)", "\(kvPageSeconds)", "\(weightPageSeconds)",
        ]
    }
}
