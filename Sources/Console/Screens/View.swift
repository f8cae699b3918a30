import DeckCore

/// One screen of the console, or a page opened from one.
public enum View: Hashable, Sendable {
    case overview, adapters, pages, batch, latency, requests, prompt, events, history
    /// The what-if plan, and the engines of a fleet.
    case plan, replicas
    case detail(Target)
    case request(RequestID)
    /// A page of the pool, by its index.
    case page(Int)
    /// A step of the recent ones, by its own number.
    case step(Int)

    /// The kinds of view, for bindings.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        case overview, adapters, pages, batch, latency, requests, prompt, events, history
        case plan, replicas
        case detail, request, page, step

        /// The nine main screens, in the order of their number keys.
        static let main: [Kind] = [
            .overview, .adapters, .pages, .batch, .latency, .requests, .prompt, .events, .history,
        ]
    }

    /// Which bindings hold in it.
    public var kind: Kind {
        switch self {
        case .overview: .overview
        case .adapters: .adapters
        case .pages: .pages
        case .batch: .batch
        case .latency: .latency
        case .requests: .requests
        case .prompt: .prompt
        case .events: .events
        case .history: .history
        case .plan: .plan
        case .replicas: .replicas
        case .detail: .detail
        case .request: .request
        case .page: .page
        case .step: .step
        }
    }

    /// The views that need no argument, by the name that `:go` takes.
    static let named: [String: View] = Dictionary(
        uniqueKeysWithValues: ([
            .overview, .adapters, .pages, .batch, .latency, .requests, .prompt, .events, .history, .plan, .replicas,
        ] as [View]).map { ($0.kind.rawValue, $0) })

    /// Its place in the trail of open views.
    var crumb: String {
        switch self {
        case .detail(let target): target.label
        case .request(let id): "request \(id)"
        case .page(let index): "page \(index)"
        case .step(let index): "step \(index)"
        default: kind.rawValue
        }
    }

    /// What draws it and answers its keys: the one place where views and their screens are matched.
    var screen: any ConsoleScreen {
        switch self {
        case .overview: OverviewScreen()
        case .adapters: AdaptersScreen()
        case .pages: PagesScreen()
        case .batch: BatchScreen()
        case .latency: LatencyScreen()
        case .requests: RequestsScreen()
        case .prompt: PromptScreen()
        case .events: EventsScreen()
        case .history: HistoryScreen()
        case .plan: PlanScreen()
        case .replicas: ReplicasScreen()
        case .detail(let target): DetailScreen(target: target)
        case .request(let id): RequestScreen(id: id)
        case .page(let index): PageScreen(index: index)
        case .step(let index): StepScreen(index: index)
        }
    }
}
