import Foundation

/// The adapters of a demo: the eight that come with the program, and one's own beside them.
struct DemoFleet {
    /// Where paths that are given later must lie: one's own folder, or that of the eight.
    let root: URL
    let adapters: [NamedAdapter]
    /// Those of the eight that do not stand in the root.
    let outside: [NamedAdapter]

    /// `own` is a folder of adapters; nil leaves the eight. An adapter of one's own takes the place of one of the same name.
    init(own: String?) throws {
        let builtIn = try DemoAdapters.folder()
        let eight = try AdapterFolder.scan(builtIn)
        guard let own else {
            root = builtIn
            (adapters, outside) = (eight, [])
            return
        }
        root = URL(fileURLWithPath: own)
        let ours = try AdapterFolder.scan(root)
        guard !ours.isEmpty else {
            throw Failure("\(own) holds no adapters: put a PEFT folder or a .gguf file into it")
        }
        let names = Set(ours.map(\.name))
        outside = eight.filter { !names.contains($0.name) }
        adapters = ours + outside
    }
}
