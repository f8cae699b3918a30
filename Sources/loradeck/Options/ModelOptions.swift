import ArgumentParser
import Foundation

/// Which base model, and how its prompts are written.
struct ModelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The base model: a GGUF file or a Hugging Face folder. (default: the demo model of `loradeck fetch`)",
            valueName: "path"))
    var model: String?

    @Option(
        name: .customLong("base-alias"),
        help: ArgumentHelp(
            "Another name that the base is known by, for adapters that declare it. Repeatable.", valueName: "name"))
    var baseAliases: [String] = []

    @Option(
        help: ArgumentHelp(
            "Chat template to use instead of the model's own: chatml, llama2, llama3, mistral, zephyr, qwen.",
            valueName: "name"))
    var chatTemplate: String?

    /// The model's path, and whether it is the demo model.
    func resolve(_ folders: Folders) throws -> (path: String, isDemo: Bool) {
        let demo = DemoModel.path(in: folders)
        guard let model else {
            guard DemoModel.isPresent(in: folders) else {
                throw Failure(
                    "no model: run `loradeck fetch` to get the demo model (98 MB), or name one with --model PATH")
            }
            return (demo.path, true)
        }
        let path = URL(fileURLWithPath: model).resolvingSymlinksInPath()
        let isDemo = path == demo.resolvingSymlinksInPath() || path.lastPathComponent == DemoModel.fileName
        return (model, isDemo || DemoModel.isCopy(path))
    }
}
