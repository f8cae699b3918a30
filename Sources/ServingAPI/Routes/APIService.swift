import DeckCore
import Hummingbird
import Logging

/// What every route works with.
struct APIService: Sendable {
    let serving: any Serving
    /// The deck, with its requests metered.
    let deck: any Deck
    let options: ServerOptions
    let log: Logger
    let keeper: SnapshotKeeper
    let meters: RequestMeters
    let resolver: AdapterResolver
    let broadcast: DeckBroadcast
    let gate = TenantGate()
    let series: SeriesChoice
    let body: BodyReader

    init(serving: any Serving, meters: RequestMeters, options: ServerOptions, log: Logger) {
        self.serving = serving
        self.options = options
        self.log = log
        self.meters = meters
        series = SeriesChoice(limit: options.metricsAdapters)
        deck = MeteredDeck(serving.deck, meters: meters)
        keeper = SnapshotKeeper()
        resolver = AdapterResolver(serving: serving)
        broadcast = DeckBroadcast(keeper: keeper, bytesPerSecond: options.streamBytesPerSecond)
        body = BodyReader(maxBytes: options.maxBodyBytes, seconds: options.requestSeconds)
    }

    var model: ServedModel { serving.model }

    /// The adapters that somebody may see, by name.
    func adapters(for access: Access) -> [AdapterStanding] { serving.standings.filter { access.mayUse($0.name) } }
}
